import { deepStrictEqual, rejects, strictEqual, throws } from "assert";
import type { Containers } from "../../workloads/containers";
import { backgroundFindings } from "../../workloads/results/patterns";
import { backgroundOf, parseLines, type Line, type Watched } from "../../workloads/trace/background";
import { watchBackground } from "../../workloads/trace/watch";
import type { TracedServices } from "../../workloads/trace/input";
import { computes, place, services } from "./fixture";
import { surroundings } from "./patternFixture";

const start = new Date("2026-11-30T12:00:00Z");
const at = (second: number) => start.getTime() / 1000 + second;
const call = (second: number, method: string, called?: string): Line => ({
  ...{ name: "call", started: at(second), took: 0.05, used: { sent: 1000, received: 200 } },
  rpc: { method, topic: "conductor", server: null, fanout: false, called: called ?? null },
});
const served = (second: number, topic: string, method: string): Line => ({
  ...{ name: "served", started: at(second), took: 0, rpc: { topic, method } },
});
const fanout = (second: number, task?: string): Line => ({
  ...{ name: "cast", started: at(second), took: 0.05, used: { sent: 400 }, ...(task ? { task } : {}) },
  rpc: { method: "sync_instance_info", topic: "scheduler", fanout: true },
});
const sql = (second: number, statement: string, task?: string): Line => ({
  ...{ name: "db", started: at(second), took: 0.001, db: { statement }, ...(task ? { task } : {}) },
  used: { sent: 80, received: 300, turns: 1 },
});
const http = (second: number, url: string): Line => ({
  ...{ name: "http", started: at(second), took: 0.1, http: { method: "GET", url } },
  used: { sent: 300, received: 500, connections: 1 },
});

const watched: readonly Watched[] = [
  {
    place: place("edge-1/computes"),
    lines: [
      // Before it was watched, and after.
      call(-0.5, "object_action", "Service.save"),
      ...[1, 11, 21].map((second) => call(second, "object_action", "Service.save")),
      fanout(5, "_sync_scheduler_instance_info"),
      fanout(25, "_sync_scheduler_instance_info"),
      http(7, "http://10.0.0.12:8778/resource_providers/1"),
      call(30.2, "object_action", "Service.save"),
    ],
  },
  {
    place: place("core/nova-conductor"),
    lines: [
      ...[1, 11, 21].map((second) => served(second, "conductor", "object_action")),
      ...[1, 11, 21].map((second) => sql(second, "UPDATE services SET a=%(a)s")),
    ],
  },
  {
    place: place("core/nova-scheduler"),
    lines: [
      ...[5, 25].map((second) => served(second, "scheduler", "sync_instance_info")),
      sql(10, "SELECT cells.id FROM cells", "_discover_hosts_in_cells"),
    ],
  },
  { place: place("core/glance"), lines: [] },
];

const found = (changes: Partial<TracedServices> = {}, all = watched) =>
  backgroundFindings.parse(backgroundOf(all, start, 30, surroundings(changes)));

describe("what services tell each other while nobody asks anything", () => {
  it("is by who tells whom what, how often and how much, of what began meanwhile", () => {
    const { exchanges } = found();
    deepStrictEqual(
      exchanges.map(({ pattern, from, to, what, task, times, perSecond, sentBytesPerSecond }) => [
        ...[`${pattern} ${from} ${to} ${what}`, task, times, perSecond, sentBytesPerSecond],
      ]),
      [
        ["call edge-1/computes core/nova-conductor Service.save", undefined, 3, 0.1, 100],
        [
          "fanout edge-1/computes core/nova-scheduler sync_instance_info",
          "_sync_scheduler_instance_info",
          2,
          0.067,
          26.667,
        ],
        ["rest edge-1/computes core/placement GET /resource_providers/{id}", undefined, 1, 0.033, 10],
        ["sql core/nova-conductor core/database UPDATE services", undefined, 3, 0.1, 8],
        ["sql core/nova-scheduler core/database SELECT cells", "_discover_hosts_in_cells", 1, 0.033, 2.667],
      ],
    );
  });

  it("is what it puts on links, and on the bus", () => {
    const { links, publishedPerSecond, silent } = found();
    deepStrictEqual(
      links,
      [
        { link: "core--edge-1", from: "core", to: "edge-1", messages: 0.133, bytes: (3 * 200 + 500) / 30 },
        {
          link: "core--edge-1",
          from: "edge-1",
          to: "core",
          messages: 0.2,
          bytes: (3 * 1000 + 2 * 400 + 300) / 30,
        },
      ].map((one) => ({ ...one, bytes: Math.round(1000 * one.bytes) / 1000 })),
    );
    // Three calls with their replies, and two fanouts.
    strictEqual(publishedPerSecond, Math.round((8 / 30) * 1000) / 1000);
    deepStrictEqual(silent, ["core/glance"]);
  });

  it("is a chatty task where it comes again and again over a link, and costs no request anything", () => {
    const [chatty] = found().findings;
    deepStrictEqual(chatty, {
      ...{ kind: "chatty-task", who: "edge-1/computes", doing: "Service.save", over: ["core--edge-1"] },
      evidence: [{ pattern: "call", to: "core/nova-conductor", what: "Service.save", count: 3 }],
      ...{ waits: 0, roundTrips: 0, costMs: 0, predictedMs: 0, measuredMs: 0, besides: 0 },
      ...{ bytes: 120, perSecond: 0.1, roundTripsPerSecond: 0.1 },
      local: { services: ["core/nova-conductor", "broker"], to: "edge-1" },
    });
  });

  it("is a message for all where it crosses links, by the sites that it reaches", () => {
    const told = found().findings.find(({ kind }) => kind === "fanout");
    deepStrictEqual(
      [told?.doing, told?.reaches, told?.perSecond],
      ["sync_instance_info", { sites: ["core"], of: 3 }, 0.067],
    );
  });

  it("says nothing of whom any of several may have answered", () => {
    const two = watched.map(({ place: where, lines }) =>
      where.name === "core/glance"
        ? { place: where, lines: [served(2, "conductor", "object_action")] }
        : { place: where, lines },
    );
    strictEqual(found({}, two).exchanges.find(({ what }) => what === "Service.save")?.to, undefined);
  });

  it("is a message for all by each of those who were heard to get it", () => {
    const more = watched.map(({ place: where, lines }) =>
      where.name === "core/glance"
        ? {
            place: place("edge-2/computes"),
            lines: [
              served(5, "scheduler", "sync_instance_info"),
              served(25, "scheduler", "sync_instance_info"),
            ],
          }
        : { place: where, lines },
    );
    const { exchanges, findings } = found({}, more);
    deepStrictEqual(
      exchanges.filter(({ pattern }) => pattern === "fanout").map(({ to, times }) => [to, times]),
      [
        ["edge-2/computes", 2],
        ["core/nova-scheduler", 2],
      ],
    );
    deepStrictEqual(findings.find(({ kind }) => kind === "fanout")?.reaches, {
      sites: ["core", "edge-2"],
      of: 3,
    });
  });
});

describe("a message for all in the background", () => {
  const send = { ...fanout(5), rpc: { method: "sync", topic: "all", fanout: true } };
  const heard = (times: number) => Array.from({ length: times }, () => served(6, "all", "sync"));
  const of = (sender: string, receivers: Readonly<Record<string, number>>) =>
    found({}, [
      ...Object.entries(receivers).map(([name, times]) => ({ place: place(name), lines: heard(times) })),
      { place: place(sender), lines: [send] },
    ]);

  it("counts each copy that crosses a link, and has those who get it at the broker's site", () =>
    deepStrictEqual(of("core/nova-conductor", { "core/nova-scheduler": 7, "edge-1/computes": 7 }).findings, [
      {
        ...{ kind: "fanout", who: "core/nova-conductor", doing: "sync", over: ["core--edge-1"] },
        evidence: [
          { pattern: "fanout", to: "core/nova-scheduler", what: "sync", count: 7 },
          { pattern: "fanout", to: "edge-1/computes", what: "sync", count: 7 },
        ],
        ...{ waits: 0, roundTrips: 0, costMs: 0, predictedMs: 0, measuredMs: 0, besides: 0 },
        // 7 of 400 B, in 30 s, each over one link in one direction.
        ...{ bytes: 93.333, perSecond: 0.467, roundTripsPerSecond: 0.117 },
        reaches: { sites: ["core", "edge-1"], of: 3 },
        local: { services: ["core/nova-conductor", "core/nova-scheduler", "broker"], to: "edge-1" },
      },
    ]));

  it("goes to the broker once, however many get it", () => {
    const { findings, links, publishedPerSecond } = of("edge-2/computes", { "edge-1/computes": 7 });
    deepStrictEqual(
      links.map(({ from, to, messages, bytes }) => [from, to, messages, bytes]),
      [
        ["core", "edge-1", 0.233, 93.333],
        ["edge-2", "core", 0.033, 13.333],
      ],
    );
    strictEqual(publishedPerSecond, 0.033);
    deepStrictEqual(
      findings.map(({ perSecond, roundTripsPerSecond, bytes }) => [perSecond, roundTripsPerSecond, bytes]),
      [[0.233, 0.133, 106.667]],
    );
  });

  it("is none that crosses no link", () =>
    deepStrictEqual(of("core/nova-conductor", { "core/nova-scheduler": 7 }).findings, []));
});

describe("lines of a service that was watched", () => {
  it("are read but for one that was being written", () => {
    const text = `${JSON.stringify(call(1, "a"))}\n{"name": "ca`;
    deepStrictEqual(parseLines(text), [call(1, "a")]);
  });

  it("are refused where they are none", () => throws(() => parseLines('{"name": "call"}\n')));
});

describe("watching services", () => {
  /** @param failing In which container what fails, by a word of the command. */
  function world(failing: Readonly<Record<string, string>> = {}) {
    const commands: string[] = [];
    const edges: string[] = [];
    const containers = {
      exec: (container: string, command: readonly string[]) => {
        commands.push(`${container}: ${command.join(" ")}`);
        const word = failing[container];
        const isFailing = word !== undefined && command.join(" ").includes(word);
        return Promise.resolve(
          isFailing
            ? { exitCode: 1, stdout: "", stderr: `no ${word}` }
            : { exitCode: 0, stdout: "", stderr: "" },
        );
      },
    } as unknown as Containers;
    const hooks = {
      progress: () => undefined,
      backgroundStarted: () => void edges.push("started"),
      backgroundEnded: () => void edges.push("ended"),
    };
    const all = [...services, ...computes].map(({ name }) => ({ name, container: name, image: "openstack" }));
    const watch = (signal = new AbortController().signal) =>
      watchBackground(containers, { services: all }, 0.2, surroundings(), hooks, signal);
    const left = () =>
      commands.filter((command) => /^\S+: rm -rf \S+$/.test(command)).map((command) => command.split(":")[0]);
    return { watch, commands, edges, left };
  }
  const everywhere = [...services, ...computes].map(({ name }) => name);

  it("has all of them tell for as long as asked for, and leaves nothing", async () => {
    const { watch, commands, edges } = world();
    const found = await watch();
    deepStrictEqual(
      [found?.seconds, found?.silent.length, edges],
      [0.2, services.length + computes.length, ["started", "ended"]],
    );
    const folder = "/var/lib/openstack/exchanges";
    deepStrictEqual(
      commands.filter((command) => command.startsWith("core/glance")),
      [
        `core/glance: sh -c rm -rf "$0" && mkdir -m 0700 "$0" ${folder}`,
        `core/glance: sh -c ! [ -e "$0" ] || cat "$0" ${folder}/all.jsonl`,
        `core/glance: rm -rf ${folder}`,
      ],
    );
  });

  it("says which cannot be read, and watches none any longer", async () => {
    const { watch, left } = world({ "core/keystone": "cat" });
    await rejects(watch(), /core\/keystone: \/var\/lib\/openstack\/exchanges: no cat/);
    deepStrictEqual(left(), everywhere);
  });

  it("says which cannot tell, and watches none of the others either", async () => {
    const { watch, left, edges } = world({ "core/nova-api": "mkdir" });
    await rejects(watch(), /core\/nova-api: \/var\/lib\/openstack\/exchanges: no mkdir/);
    deepStrictEqual([left(), edges], [everywhere, []]);
  });

  it("says what went wrong first, and else where it could not be ended", async () => {
    const leaving = { "core/nova-api": "rm -rf /" };
    const both = world({ ...leaving, "core/glance": "cat" });
    await rejects(both.watch(), /core\/glance: .*: no cat/);
    await rejects(world(leaving).watch(), /core\/nova-api: .*: no rm -rf \//);
  });

  it("ends when it is told to, and knows nothing then", async () => {
    const { watch, left } = world();
    strictEqual(await watch(AbortSignal.abort()), undefined);
    deepStrictEqual(left(), everywhere);
  });
});
