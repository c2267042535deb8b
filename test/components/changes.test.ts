import { deepStrictEqual, ok } from "assert";
import { changes, deployed, find, type Change } from "../support/experiments";
import type { Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { smallScenario, smallScenarioWith, type RawScenario } from "../support/scenarios";

const container = "docker:index/container:Container";
const network = "docker:index/network:Network";
const service = "buswide:topology:Service";
const link = "buswide:topology:Link";
const routes = "buswide:topology:Routes";
const local = "command:local:Command";

/** The measurement is made anew: its triggers say so. */
const measuredAgain = { [`measurement-run (${local})`]: ["stdin", "triggers"] };
/** The measurement stays; only what it was told is kept. */
const retold = { [`measurement-run (${local})`]: ["stdin"] };

/** What the two commands of a link say: the delay of each direction, milliseconds. */
function directionsOf(registrations: readonly Registration[], name: string): Record<string, unknown> {
  return Object.fromEntries(
    ["there", "back"].map((way) => {
      const { create, stdin } = find(registrations, `${name}-${way}`, local).inputs;
      const [, from = "", to = ""] =
        /^docker exec -i buswide-test-(\S+)-gateway gateway class set (\S+)$/.exec(String(create)) ?? [];
      return [`${from} to ${to}`, (JSON.parse(String(stdin)) as { delayMs: number }).delayMs];
    }),
  );
}

describe("of a deployed experiment,", () => {
  let base: readonly Registration[];
  before(async () => {
    base = (await deployed(smallScenario())).registrations;
  });

  /** What changes when the small scenario becomes another. */
  const changesTo = async (scenario: RawScenario): Promise<Record<string, Change>> =>
    changes(base, (await deployed(scenario)).registrations);

  it("nothing changes when the scenario does not", async () =>
    deepStrictEqual(await changesTo(smallScenario()), {}));

  it("a slower link leaves every container in place", async () => {
    const scenario = smallScenario();
    scenario["links"] = [
      { between: ["core", "edge-1"], delay: "50ms" },
      { between: ["core", "edge-2"], delay: "25ms" },
    ];
    deepStrictEqual(await changesTo(scenario), {
      [`core--edge-1 (${link})`]: ["back", "there"],
      [`core--edge-1-back (${local})`]: ["stdin"],
      [`core--edge-1-there (${local})`]: ["stdin"],
      ...measuredAgain,
    });
  });

  it("a link that is slower one way changes at one gateway", async () => {
    const scenario = smallScenario();
    scenario["links"] = [
      { between: ["core", "edge-1"], delay: { there: "25ms", back: "30ms" } },
      { between: ["core", "edge-2"], delay: "25ms" },
    ];
    deepStrictEqual(await changesTo(scenario), {
      [`core--edge-1 (${link})`]: ["back"],
      [`core--edge-1-back (${local})`]: ["stdin"],
      ...measuredAgain,
    });
  });

  it("a link named the other way round with the same figures is told nothing", async () => {
    const scenario = smallScenario();
    scenario["links"] = [
      { between: ["edge-1", "core"], delay: "25ms" },
      { between: ["core", "edge-2"], delay: "25ms" },
    ];
    deepStrictEqual(await changesTo(scenario), {
      [`core--edge-1 (${link})`]: ["between"],
      ...measuredAgain,
    });
  });

  it("a link named the other way round changes its two directions in place, each to its own figures", async () => {
    const scenario = smallScenario();
    scenario["links"] = [
      { between: ["edge-1", "core"], delay: { there: "30ms", back: "40ms" } },
      { between: ["core", "edge-2"], delay: "25ms" },
    ];
    const { registrations } = await deployed(scenario);
    deepStrictEqual(changes(base, registrations), {
      [`core--edge-1 (${link})`]: ["back", "between", "there"],
      [`core--edge-1-back (${local})`]: ["stdin"],
      [`core--edge-1-there (${local})`]: ["stdin"],
      ...measuredAgain,
    });
    deepStrictEqual(directionsOf(registrations, "core--edge-1"), {
      "core to edge-1": 40,
      "edge-1 to core": 30,
    });
  });

  it("another seed of random links deletes no command of a pair that it keeps, whichever way round", async () => {
    const links = (seed: number): RawScenario => ({
      ...smallScenarioWith(["sites", "edge", "count"], 7),
      links: [
        {
          generate: "random",
          sites: ["core", "edge"],
          degree: 3,
          seed,
          delay: { there: "25ms", back: "30ms" },
        },
      ],
    });
    const names = (seed: number) => planned(links(seed)).links.map(({ name }) => name);
    const turned = names(2).filter((name) => names(1).includes(name.split("--").reverse().join("--")));
    ok(turned.length > 0, "no pair is kept the other way round");
    const [before, { registrations }] = [await deployed(links(1)), await deployed(links(2))];
    const found = changes(before.registrations, registrations);
    for (const name of turned) {
      const [from = "", to = ""] = name.split("--");
      const resource = [from, to].sort().join("--");
      deepStrictEqual(found[`${resource} (${link})`], ["between"], name);
      for (const way of ["there", "back"])
        deepStrictEqual(found[`${resource}-${way} (${local})`], ["stdin"], `${resource}-${way}`);
      deepStrictEqual(directionsOf(registrations, resource), {
        [`${from} to ${to}`]: 25,
        [`${to} to ${from}`]: 30,
      });
    }
  });

  it("a link more makes the link and tells its two gateways a shorter way", async () =>
    deepStrictEqual(
      await changesTo(smallScenarioWith(["links", 1], { between: ["edge-1", "edge-2"], delay: "5ms" })),
      {
        [`edge-1--edge-2 (${link})`]: "made",
        [`edge-1--edge-2-back (${local})`]: "made",
        [`edge-1--edge-2-there (${local})`]: "made",
        [`edge-1-routes (${routes})`]: ["routes"],
        [`edge-1-routes-set (${local})`]: ["stdin"],
        [`edge-2-routes (${routes})`]: ["routes"],
        [`edge-2-routes-set (${local})`]: ["stdin"],
        ...measuredAgain,
      },
    ));

  it("a link more that is no shorter way changes no route", async () =>
    deepStrictEqual(
      await changesTo(smallScenarioWith(["links", 1], { between: ["edge-1", "edge-2"], delay: "60ms" })),
      {
        [`edge-1--edge-2 (${link})`]: "made",
        [`edge-1--edge-2-back (${local})`]: "made",
        [`edge-1--edge-2-there (${local})`]: "made",
        ...measuredAgain,
      },
    ));

  it("a site more is made and made known, and leaves the others' containers and networks in place", async () => {
    // edge-2 sends everything to core, as before, by prefixes that cover the new site too.
    const told = ["core", "edge-1"].flatMap((site): [string, Change][] => [
      [`${site}-routes (${routes})`, ["routes"]],
      [`${site}-routes-set (${local})`, ["stdin"]],
    ]);
    deepStrictEqual(await changesTo(smallScenarioWith(["sites", "edge", "count"], 3)), {
      ...Object.fromEntries(told),
      ["bus (buswide:bus:RabbitMq)"]: ["plan"],
      // Its account.
      [`bus-core-rabbitmq-accounts (${local})`]: ["stdin"],
      [`core--edge-3 (${link})`]: "made",
      [`core--edge-3-back (${local})`]: "made",
      [`core--edge-3-there (${local})`]: "made",
      [`edge-3 (buswide:topology:Site)`]: "made",
      [`edge-3-agents (${service})`]: "made",
      [`edge-3-agents-container (${container})`]: "made",
      [`edge-3-gateway (buswide:topology:Gateway)`]: "made",
      [`edge-3-gateway-container (${container})`]: "made",
      [`edge-3-network (${network})`]: "made",
      [`edge-3-routes (${routes})`]: "made",
      [`edge-3-routes-set (${local})`]: "made",
      ...measuredAgain,
    });
  });

  it("a site less takes with it what it had, and nothing else", async () => {
    const scenario = smallScenarioWith(["sites", "edge", "count"], 1);
    const found = Object.entries(await changesTo(scenario));
    deepStrictEqual(
      found.filter(([, change]) => change === "removed").map(([name]) => name.split(" ")[0]),
      [
        "core--edge-2",
        "core--edge-2-back",
        "core--edge-2-there",
        "edge-2",
        "edge-2-agents",
        "edge-2-agents-container",
        "edge-2-gateway",
        "edge-2-gateway-container",
        "edge-2-network",
        "edge-2-routes",
        "edge-2-routes-set",
      ],
    );
    deepStrictEqual(
      found.filter(([name, change]) => change !== "removed" && /Container|Network/.test(name)),
      [],
    );
  });

  it("another memory limit of the bus changes the broker, and no gateway or agent", async () =>
    deepStrictEqual(await changesTo(smallScenarioWith(["bus", "memory"], "256MiB")), {
      ["bus (buswide:bus:RabbitMq)"]: ["plan"],
      [`bus-core-rabbitmq (${service})`]: ["files", "memoryBytes"],
      [`bus-core-rabbitmq-container (${container})`]: ["memory", "memorySwap", "uploads"],
      ...measuredAgain,
    }));

  it("another memory limit of the agents changes them, and measures again", async () => {
    const agents = ["core", "edge-1", "edge-2"].flatMap((site): [string, Change][] => [
      [`${site}-agents (${service})`, ["memoryBytes"]],
      [`${site}-agents-container (${container})`, ["memory", "memorySwap"]],
    ]);
    deepStrictEqual(await changesTo(smallScenarioWith(["agents"], { memory: "256MiB" })), {
      ...Object.fromEntries(agents),
      ...measuredAgain,
    });
  });

  it("another workload is measured, with everything left in place", async () =>
    deepStrictEqual(await changesTo(smallScenarioWith(["workloads", 0, "calls"], 6)), measuredAgain));

  it("another seed sets every link again, and measures again", async () => {
    const changed = Object.keys(await changesTo(smallScenarioWith(["seed"], 2))).map(
      (name) => name.split(" ")[0],
    );
    deepStrictEqual(changed.sort(), [
      "core--edge-1",
      "core--edge-1-back",
      "core--edge-1-there",
      "core--edge-2",
      "core--edge-2-back",
      "core--edge-2-there",
      "measurement-run",
    ]);
  });

  it("another description measures nothing again", async () =>
    deepStrictEqual(await changesTo(smallScenarioWith(["description"], "the same in other words")), retold));

  it("another description of a site measures nothing again", async () =>
    deepStrictEqual(await changesTo(smallScenarioWith(["sites", "core", "description"], "Paris")), retold));

  it("another number of backups to keep measures nothing again", async () =>
    deepStrictEqual(await changesTo(smallScenarioWith(["backup"], { keep: 3 })), retold));

  it("the same links in other words measure nothing again", async () => {
    const scenario = smallScenario();
    scenario["links"] = [
      { between: ["core", "edge-1"], delay: "0.025s" },
      { between: ["core", "edge-2"], delay: { there: "25000us", back: "25 ms" } },
    ];
    deepStrictEqual(await changesTo(scenario), retold);
  });
});
