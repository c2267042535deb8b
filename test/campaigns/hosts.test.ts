import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { findSource } from "../../campaigns/compare/sources";
import { provenance } from "../../campaigns/report/provenance";
import { busyInWords, whereSitesWere } from "../../campaigns/report/machines";
import { caveats } from "../../campaigns/report/sections";
import { sourcesInMarkdown } from "../../campaigns/report/sourcesInMarkdown";
import { judge } from "../../campaigns/search/judge";
import { outcomeInWords, type FoundLimit } from "../../campaigns/search/outcomes";
import { measuredRows } from "../../campaigns/table/rows";
import { busiestMachine } from "../../workloads/results/machineLoad";
import { provenance as provenanceSchema } from "../../workloads/results/schema";
import { someResults } from "../runner/results";
import { writeCampaign, type Model } from "./synthetic";

const base = someResults().provenance;
const machineOf = (cores: number) => ({ ...base.host, cpu: "X", cores });
const usage = (service: string, cpuPercentMean: number) => ({ service, cpuPercentMean });

describe("the machine that services used most of", () => {
  const services = [usage("core/rabbitmq", 380), usage("edge/gateway", 90)];
  const hosts = { alpha: machineOf(4), beta: machineOf(2) };
  const serviceHosts = { "core/rabbitmq": "alpha", "edge/gateway": "beta" };

  it("is the one that everything was on", () =>
    deepEqual(busiestMachine(services, { host: machineOf(5) }), { of: "machine", percent: 94 }));

  it("is a host by its own services and its own cores, whatever steers it", () => {
    for (const cores of [2, 64])
      deepEqual(busiestMachine(services, { host: machineOf(cores), hosts, serviceHosts }), {
        ...{ of: "host", host: "alpha", percent: 95 },
      });
    const turned = { "core/rabbitmq": "beta", "edge/gateway": "alpha" };
    deepEqual(busiestMachine(services, { host: machineOf(2), hosts, serviceHosts: turned }), {
      ...{ of: "host", host: "beta", percent: 190 },
    });
  });

  it("is all hosts together where results do not say which one a service was on, and one alone by its name", () => {
    deepEqual(
      busiestMachine(services, { host: machineOf(2), hosts: { a: machineOf(40), b: machineOf(7) } }),
      {
        ...{ of: "hosts", percent: 10 },
      },
    );
    deepEqual(busiestMachine(services, { host: machineOf(2), hosts: { a: machineOf(47) } }), {
      ...{ of: "host", host: "a", percent: 10 },
    });
  });

  it("is none that could not be asked for its cores", () => {
    const unknown = { ...hosts, alpha: machineOf(0) };
    deepEqual(busiestMachine(services, { host: machineOf(2), hosts: unknown, serviceHosts }), {
      ...{ of: "host", host: "beta", percent: 45 },
    });
    equal(busiestMachine(services, { host: machineOf(2), hosts: unknown }), undefined);
    equal(busiestMachine(services, { host: machineOf(0) }), undefined);
  });

  it("is read of results that are older than that", () => {
    equal(provenanceSchema.safeParse({ ...base, hosts }).success, true);
    equal(provenanceSchema.safeParse({ ...base, hosts, serviceHosts }).success, true);
  });
});

describe("figures of sites on hosts", () => {
  let root = "";
  before(() => (root = mkdtempSync(join(tmpdir(), "buswide-hosts-"))));
  after(() => rmSync(root, { recursive: true }));

  let number = 0;
  const sourceOf = (model: Model) => {
    number += 1;
    const folder = writeCampaign(root, { delays: [0, 10], repetitions: 1, ...model, number });
    return findSource(folder, root);
  };
  // Of services some 300 % of a core: 200 of the broker, 50 of each gateway.
  const heavy: Model = { machine: 10, host: { cores: 2 } };
  const names = Array.from({ length: 20 }, (_, at) => `h${at + 1}`);
  const many: Model = {
    ...heavy,
    hosts: Object.fromEntries(names.map((name) => [name, machineOf(4)])),
    serviceHosts: { "core/rabbitmq": "h1", "core/gateway": "h1", "edge/gateway": "h2" },
  };
  const full: Model = {
    ...heavy,
    host: { cores: 64 },
    hosts: { alpha: machineOf(2), beta: machineOf(4) },
    serviceHosts: { "core/rabbitmq": "alpha", "core/gateway": "beta", "edge/gateway": "beta" },
  };
  const { serviceHosts: _, ...older } = full;

  it("are those of a machine that was used up only where one of the hosts was, in a report", () => {
    const told = (model: Model) =>
      caveats(sourceOf(model)).match(/In \d+ workloads the services[^<]*/g) ?? [];
    deepEqual(told(heavy).length, 1);
    match(told(heavy)[0] ?? "", /^In 2 workloads the services used more than 80 % of the machine: /);
    deepEqual(told(many), []);
    deepEqual(told(full).length, 1);
    match(
      told(full)[0] ?? "",
      /^In 2 workloads the services on one host \(alpha\) used more than 80 % of its cores: /,
    );
  });

  it("are looked at by all hosts together where results do not say more, and a report says so", () => {
    const open = /The results of 2 runs do not say which host a service was on/;
    const html = caveats(sourceOf(older));
    match(html, open);
    ok(!html.includes("workloads the services"), html);
    match(
      caveats(sourceOf({ ...older, machine: 20 })),
      /In 2 workloads the services used more than 80 % of the cores of all hosts together: /,
    );
    for (const model of [heavy, full]) ok(!open.test(caveats(sourceOf(model))));
  });

  it("come with the number of hosts and what these are, and not with one machine", () => {
    for (const text of [caveats(sourceOf(many)), sourcesInMarkdown(sourceOf(many)).join("\n")]) {
      match(text, /Sites were on 20 hosts \(20 × X, 4 cores\): compare the (points|rows) with each other/);
      ok(!text.includes("shared one machine"), text);
    }
    for (const text of [caveats(sourceOf(heavy)), sourcesInMarkdown(sourceOf(heavy)).join("\n")])
      match(text, /All sites shared one machine: compare the (points|rows) with each other/);
  });

  it("of runs on different machines say so", () => {
    const [here, there] = [
      someResults(),
      someResults({ provenance: { ...base, hosts: { a: machineOf(4) } } }),
    ];
    match(
      whereSitesWere([here, there], "points"),
      /^Sites were not on the same machines in all runs, but all on one machine, or on 1 host \(1 × X, 4 cores\): /,
    );
    deepEqual(busyInWords([here, there]), []);
  });

  it("have the hosts where they come from beside the machine that measured", () => {
    const own = "Some CPU @ 2 GHz, 2 cores, Debian 12, kernel 6.1.0";
    const lines = sourcesInMarkdown(sourceOf(many)).map((line) => line.replace(/ +/g, " "));
    ok(lines.includes("| hosts of the sites | 20 × X, 4 cores |"), lines.join("\n"));
    ok(lines.includes(`| machine that measured | ${own} |`));
    const alone = sourcesInMarkdown(sourceOf(heavy)).map((line) => line.replace(/ +/g, " "));
    ok(alone.includes(`| machine | ${own} |`), alone.join("\n"));
    match(provenance(sourceOf(many)), /CPU of the machine that measured/);
    ok(!provenance(sourceOf(heavy)).includes("that measured"));
  });

  it("have the busiest host in the table, by which a search judges them", () => {
    const rowOf = (model: Model) => measuredRows(sourceOf(model).table)[0] ?? {};
    const judged = (model: Model) => judge(rowOf(model), []).saturated;
    const { hosts_count, hosts_cores, busiest_host, busiest_host_cores_percent: percent } = rowOf(full);
    deepEqual([hosts_count, hosts_cores, busiest_host], [2, 6, "alpha"]);
    ok(typeof percent === "number" && percent > 80 && percent < 120, String(percent));
    deepEqual([rowOf(older).busiest_host, rowOf(heavy).busiest_host], [undefined, undefined]);
    // The broker has more than its host has, whatever the draw.
    const fuller = { ...full, machine: 12 };
    deepEqual([heavy, many, fuller, { ...older, machine: 12 }, { ...older, machine: 24 }].map(judged), [
      "machine",
      undefined,
      "host",
      undefined,
      "hosts",
    ]);
  });

  it("that end a search name the hosts that were at their limit", () => {
    const definition = {
      ...{ question: "?", scenario: {}, set: {}, labels: {}, repetitions: 1, seed: 1 },
      search: { path: "rate", from: "50/s", to: "1600/s", within: "10%", holds: [] },
    };
    const found: Omit<FoundLimit, "saturated"> = {
      ...{ base: {}, reasons: [] },
      outcome: { kind: "never", fails: { value: 50, held: 0, of: 1 } },
    };
    const words = (...saturated: FoundLimit["saturated"]) =>
      outcomeInWords({ ...found, saturated }, { definition });
    match(words("machine"), /\. The machine was at its limit there: the bus itself may hold more$/);
    match(words("host"), /\. The busiest host was at its limit there: /);
    match(words("hosts"), /\. The hosts, taken together, were at their limits there: /);
    match(
      words("load generator", "host"),
      /\. The load generator and the busiest host were at their limits /,
    );
  });
});
