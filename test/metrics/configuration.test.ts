import { deepStrictEqual, ok, strictEqual } from "assert";
import { readdirSync, readFileSync } from "fs";
import { parse } from "yaml";
import { renderConfiguration } from "../../components/bus/rabbitmq/configuration";
import { figuresBeans } from "../../components/bus/artemis/configuration";
import { routerEntities } from "../../components/bus/routers/configuration";
import { renderProxy } from "../../components/database/galera/configuration";
import { javaFiguresFiles, renderJavaFigures } from "../../components/metrics/java";
import { renderPages, renderPrometheus, renderTargets } from "../../components/metrics/configuration";
import { planned, plannedBus } from "../support/plans";
import { controlPlaneScenario, smallScenario, type RawScenario } from "../support/scenarios";

const watched = (raw: RawScenario): RawScenario => ({ ...raw, metrics: { kind: "prometheus" } });
const first = <T>([one]: readonly T[]): T => {
  if (one === undefined) throw new Error("there is none");
  return one;
};

describe("what Prometheus is told", () => {
  it("is how often to ask, and rates to be taken over several times that", () => {
    const { global } = parse(renderPrometheus({ intervalSeconds: 2.5 })) as { global: unknown };
    deepStrictEqual(global, {
      scrape_interval: "2500ms",
      scrape_timeout: "2500ms",
      external_labels: { window: "10000ms" },
    });
    const seldom = parse(renderPrometheus({ intervalSeconds: 60 })) as { global: Record<string, string> };
    strictEqual(seldom.global["scrape_timeout"], "10000ms");
  });

  it("is whom to ask in a file of its own, each with its job, site and service", () =>
    strictEqual(
      renderTargets({
        scraped: [
          { job: "gateway", site: "core", service: "gateway", address: "10.0.0.2", port: 9101 },
          { job: "rabbitmq", site: "core", service: "rabbitmq-2", address: "10.0.0.32", port: 15692 },
        ],
      }),
      `[
 {
  "targets": [
   "10.0.0.2:9101"
  ],
  "labels": {
   "job": "gateway",
   "site": "core",
   "service": "gateway"
  }
 },
 {
  "targets": [
   "10.0.0.32:15692"
  ],
  "labels": {
   "job": "rabbitmq",
   "site": "core",
   "service": "rabbitmq-2"
  }
 }
]
`,
    ));

  it("is asked itself through a proxy that passes on questions to this machine's loopback, and nothing else", () =>
    strictEqual(
      renderPages(),
      `global
    maxconn 200
    log stdout format raw local0 notice

defaults
    mode http
    log global
    timeout connect 5s
    timeout client 1m
    timeout server 2m

frontend pages
    bind *:9091
    acl here req.hdr(host),field(1,:) -m str 127.0.0.1 localhost
    acl reads method GET HEAD
    acl asks path /api/v1/query /api/v1/query_range /api/v1/series /api/v1/labels
    http-request deny unless here
    http-request deny unless reads or { method POST } asks
    default_backend prometheus

backend prometheus
    server prometheus 127.0.0.1:9090
`,
    ));
});

describe("who tells figures", () => {
  const listens = (raw: RawScenario): string | undefined => {
    const plan = plannedBus(raw, "rabbitmq");
    return /^prometheus\.tcp\.ip = (.*)$/m.exec(renderConfiguration(plan, first(plan.brokers)))?.[1];
  };

  it("listens at the loopback alone where nobody is to ask over the network", () => {
    strictEqual(listens(smallScenario()), "127.0.0.1");
    strictEqual(listens(watched(smallScenario())), "0.0.0.0");
    const hosts = (raw: RawScenario) => {
      const plan = plannedBus({ ...raw, bus: { kind: "routers" } }, "routers");
      const figures = routerEntities(plan, first(plan.brokers)).find(
        ({ attributes }) => attributes["name"] === "figures",
      );
      return figures?.attributes["host"];
    };
    strictEqual(hosts(smallScenario()), "127.0.0.1");
    strictEqual(hosts(watched(smallScenario())), "0.0.0.0");
  });

  it("has nothing in its Java, and no page of its proxy, that nobody is to ask for", () => {
    const files = (raw: RawScenario) => {
      const plan = plannedBus({ ...raw, bus: { kind: "artemis" } }, "artemis");
      return javaFiguresFiles(plan, figuresBeans(first(plan.brokers))).map(({ path }) => path);
    };
    deepStrictEqual(files(smallScenario()), []);
    deepStrictEqual(files(watched(smallScenario())), ["/etc/buswide/figures.yml"]);
    const proxy = (change: (raw: RawScenario) => RawScenario) => {
      const raw = change(controlPlaneScenario({ database: { kind: "galera", nodes: { core: 3 } } }));
      const { database } = planned(raw).controlPlane ?? {};
      if (database?.kind !== "galera") throw new Error("no Galera cluster was planned");
      return renderProxy(database, first(database.proxies));
    };
    const without = proxy((raw) => raw);
    ok(!without.includes("prometheus-exporter"));
    strictEqual(
      proxy(watched),
      `${without}
frontend figures
    mode http
    bind *:9202
    http-request deny unless { path /metrics }
    http-request use-service prometheus-exporter
`,
    );
  });
});

describe("what JMX Exporter is told", () => {
  it("is which attributes of which beans to read, and what each is called", () =>
    deepStrictEqual(
      parse(
        renderJavaFigures([
          {
            bean: 'org.x:broker="a-b",y=z',
            attributes: { TheCount: { name: "x_count", kind: "COUNTER" } },
            labels: { of: "it" },
          },
        ]),
      ),
      {
        includeObjectNames: ['org.x:broker="a-b",y=z'],
        rules: [
          {
            pattern: 'org\\.x<broker="a-b", y=z><>TheCount: ',
            name: "x_count",
            type: "COUNTER",
            labels: { of: "it" },
          },
        ],
      },
    ));
});

describe("the pages", () => {
  const folder = "images/prometheus/consoles";
  const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
  /** What the tests of a gateway expect it to tell, and the limit of memory, which the one there does not have. */
  const told = [
    ...readFileSync("images/gateway/control/tests/test_figures.py", "utf8").matchAll(/^# TYPE (\S+)/gm),
  ].map(([, name]) => name);

  it("are one each of bus, database, services and links, and one of all", () =>
    deepStrictEqual(pages.sort(), [
      "bus.html",
      "database.html",
      "index.html",
      "links.html",
      "services.html",
    ]));

  it("show figures of gateways by the names that these tell them by", () => {
    const shown = [
      ...pages.map((page) => `${folder}/${page}`),
      "images/prometheus/libraries/deployment.lib",
    ].flatMap((file) => readFileSync(file, "utf8").match(/buswide_(link|container)_\w+/g) ?? []);
    const known = new Set([...told, "buswide_container_memory_limit_bytes"]);
    ok(told.length > 8);
    deepStrictEqual(
      [...new Set(shown)].filter((name) => !known.has(name)),
      [],
    );
    ok(new Set(shown).size > 8);
  });

  it("take every rate over the time that Prometheus is told", () => {
    for (const page of pages)
      for (const [rate] of readFileSync(`${folder}/${page}`, "utf8").matchAll(/rate\([^)]*\)/g))
        ok(rate.includes("[%s]"), `${page}: ${rate}`);
  });

  it("show what was told last where nobody is asked any more, as in a backup", () => {
    const known = `{{ $known := "last_over_time(%s[100y])" }}{{ if query "up{site!=''}" }}{{ $known = "%s" }}{{ end }}`;
    for (const page of pages) {
      const [first, ...others] = readFileSync(`${folder}/${page}`, "utf8")
        .split("\n")
        .filter((line) => /query /.test(line));
      strictEqual(first, known, page);
      ok(others.length > 0);
      for (const line of others)
        for (const [, asked = ""] of line.matchAll(/query (.*?) (?:}}|\|)/g))
          ok(/\$known/.test(asked), `${page}: ${asked}`);
    }
  });
});
