import { deepStrictEqual, ok, strictEqual } from "assert";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret, type Registration } from "../support/mocks";
import { smallScenario, smallScenarioWith, type RawScenario } from "../support/scenarios";

const with_ = (bus: object): RawScenario => smallScenarioWith(["bus"], { kind: "rabbitmq", ...bus });
const cluster = (nodes: Record<string, number>) => with_({ topology: "cluster", nodes });
const federation = with_({ topology: "federation" });
const registered = async (scenario: RawScenario) => (await deployed(scenario)).registrations;
const below = (registrations: readonly Registration[]) =>
  registrations.filter(({ name }) => name.startsWith("bus-") && !name.includes("password"));
const container = "docker:index/container:Container";
const local = "command:local:Command";

/** What becomes of the containers and commands when one scenario becomes another. */
async function operations(from: RawScenario, to: RawScenario) {
  const all = changes(await registered(from), await registered(to));
  return Object.fromEntries(
    Object.entries(all).filter(
      ([key]) => key.startsWith("bus-") && (key.includes(container) || key.includes(local)),
    ),
  );
}

describe("a RabbitMQ cluster", () => {
  it("is these resources, each with its parent", async () =>
    deepStrictEqual(
      Object.fromEntries(
        below(await registered(cluster({ core: 2 }))).map(({ name, parent }) => [name, parent]),
      ),
      {
        "bus-cookie": "bus",
        "bus-cookie-value": "bus-cookie",
        "bus-core-rabbitmq": "bus",
        "bus-core-rabbitmq-accounts": "bus",
        "bus-core-rabbitmq-container": "bus-core-rabbitmq",
        "bus-core-rabbitmq-2": "bus",
        "bus-core-rabbitmq-2-container": "bus-core-rabbitmq-2",
        "bus-core-rabbitmq-2-joined": "bus",
        "bus-members": "bus",
      },
    ));

  it("gives every node one cookie, in a file that no inspection shows", async () => {
    for (const name of ["bus-core-rabbitmq-container", "bus-edge-1-rabbitmq-container"]) {
      const { inputs, secrets } = find(await registered(cluster({ core: 1, edge: 1 })), name);
      const uploads = inputs["uploads"] as { file: string; content: string }[];
      const at = uploads.findIndex(({ file }) => file === "/etc/rabbitmq/erlang.cookie");
      strictEqual(uploads[at]?.content, mockedSecret);
      ok(secrets.includes(`uploads[${at}].content`));
      ok(!JSON.stringify(inputs["envs"]).includes(mockedSecret));
    }
  });

  it("makes a node once the links to the first stand, and sees that it joined", async () => {
    const registrations = await registered(cluster({ core: 1, edge: 1 }));
    const { dependencies } = find(registrations, "bus-edge-1-rabbitmq");
    for (const name of ["core--edge-1", "core-routes", "bus-core-rabbitmq"])
      ok(
        dependencies.some((one) => one === name || one.startsWith(`${name}-`)),
        `${name} is not among ${dependencies.join(", ")}`,
      );
    const joined = find(registrations, "bus-edge-1-rabbitmq-joined");
    ok(String(joined.inputs["create"]).endsWith("-edge-1-rabbitmq bus-joined"));
  });

  it("tells the first node who is a member once all have joined, so that it forgets who is none any more", async () => {
    const registrations = await registered(cluster({ core: 1, edge: 1 }));
    const { inputs, dependencies } = find(registrations, "bus-members");
    ok(String(inputs["create"]).endsWith("-core-rabbitmq bus-members"));
    strictEqual(String(inputs["stdin"]).match(/^rabbit@[\d.]+$/gm)?.length, 3);
    for (const site of ["edge-1", "edge-2"]) ok(dependencies.includes(`bus-${site}-rabbitmq-joined`));
    strictEqual(inputs["delete"], undefined);
  });

  it("forgets a node before anything is measured without it", async () => {
    const registrations = await registered(cluster({ core: 1, edge: 1 }));
    ok(find(registrations, "measurement").dependencies.includes("bus-members"));
  });

  it("makes every node anew with the first one, which knows who is a member", async () => {
    const registrations = await registered(cluster({ core: 1, edge: 1 }));
    const { envs } = find(registrations, "bus-edge-1-rabbitmq-container").inputs;
    ok((envs as string[]).includes("BUSWIDE_CLUSTER_SEED_CONTAINER=id of buswide-test-core-rabbitmq"));
  });

  it("takes a node more and leaves the others in place", async () =>
    deepStrictEqual(await operations(cluster({ core: 3 }), cluster({ core: 3, "edge-1": 1 })), {
      [`bus-edge-1-rabbitmq-container (${container})`]: "made",
      [`bus-edge-1-rabbitmq-joined (${local})`]: "made",
      [`bus-members (${local})`]: ["stdin"],
    }));
});

describe("a RabbitMQ federation", () => {
  it("is a broker a site, each with a federation of its own", async () =>
    deepStrictEqual(
      below(await registered(federation)).map(({ name }) => name),
      ["core", "edge-1", "edge-2"].flatMap((site) => [
        `bus-${site}-rabbitmq`,
        `bus-${site}-rabbitmq-container`,
        `bus-${site}-rabbitmq-federation`,
        `bus-${site}-rabbitmq-federation-set`,
      ]),
    ));

  it("tells each broker its federation in secret", async () => {
    const { inputs, secrets } = find(await registered(federation), "bus-core-rabbitmq-federation-set");
    ok(String(inputs["stdin"]).includes(mockedSecret));
    deepStrictEqual(secrets, ["stdin"]);
    ok(!String(inputs["create"]).includes(mockedSecret));
  });

  it("takes a site more by telling the others, and replaces none", async () => {
    const larger = { ...federation, sites: { core: {}, edge: { count: 3 } } };
    const told = (site: string): [string, string[]] => [
      `bus-${site}-rabbitmq-federation-set (${local})`,
      ["stdin"],
    ];
    deepStrictEqual(await operations(federation, larger), {
      ...Object.fromEntries(["core", "edge-1", "edge-2"].map(told)),
      [`bus-edge-3-rabbitmq-container (${container})`]: "made",
      [`bus-edge-3-rabbitmq-federation-set (${local})`]: "made",
    });
  });

  it("lets a workload more change what is federated, and no broker", async () => {
    const load = (smallScenario()["workloads"] as object[])[0];
    const more = {
      ...federation,
      workloads: [
        load,
        { name: "notify", kind: "notification", clients: { core: 1 }, servers: { edge: 1 }, calls: 1 },
      ],
    };
    const changed = await operations(federation, more);
    ok(Object.keys(changed).length > 0);
    for (const key of Object.keys(changed)) ok(key.includes("-federation-set"), key);
  });

  it("gives agents the names of all brokers with failover", async () => {
    const registrations = await registered(with_({ topology: "federation", failover: true }));
    const { inputs } = find(registrations, "edge-1-agents-container");
    strictEqual((inputs["hosts"] as object[]).length, 3);
    ok((inputs["uploads"] as { file: string }[]).some(({ file }) => file === "/etc/gai.conf"));
  });
});
