import { deepStrictEqual, ok, strictEqual } from "assert";
import { untrustedLinksCarryNoPlainText as policy } from "../../policies/untrusted-links-carry-no-plain-text";
import { smallScenario } from "../support/scenarios";
import { deployedResources, judgeStack, unknownValue } from "./judge";

/** A core, edge-1 by a link that is trusted, edge-2 by one that is not. */
const scenario = (bus: object) => ({
  ...smallScenario(),
  links: [
    { between: ["core", "edge-1"], delay: "5ms" },
    { between: ["core", "edge-2"], delay: "25ms", trusted: false },
  ],
  bus: { kind: "rabbitmq", ...bus },
});
const outputsOf = (bus: object) => deployedResources(scenario(bus)).then(({ outputs }) => outputs);
const said = async (bus: object) => judgeStack(policy, await outputsOf(bus));

describe("the policy untrusted-links-carry-no-plain-text", () => {
  it("refuses by its enforcement level, not by advice", () =>
    strictEqual(policy.enforcementLevel, "mandatory"));

  it("is content with an encrypted bus of any kind", async () => {
    for (const bus of [
      {},
      { topology: "cluster", nodes: { core: 1, edge: 1 } },
      { topology: "federation" },
      { kind: "artemis" },
      { kind: "artemis", topology: "cluster" },
    ])
      deepStrictEqual(await said({ ...bus, tls: true }), [], JSON.stringify(bus));
    deepStrictEqual(await said({ kind: "routers" }), [], "routers, one at each site");
  });

  it("refuses a control plane's plain connections over the link, also where the bus is encrypted", async () => {
    const controlPlane = (computes: object) => ({ ...scenario({ tls: true }), controlPlane: { computes } });
    const messages = async (computes: object) =>
      judgeStack(policy, (await deployedResources(controlPlane(computes))).outputs);
    deepStrictEqual(await messages({ "edge-1": 1 }), []);
    deepStrictEqual(await messages({ edge: 1 }), [
      [
        "the control plane would connect edge-2 to core unencrypted over the link core--edge-2, which is not trusted: its services speak plain HTTP and SQL, so keep them, and who asks them, at sites whose links are trusted",
        "control-plane",
      ],
    ]);
  });

  it("refuses that Prometheus asks over the link, wherever it is, also where the bus is encrypted", async () => {
    for (const [site, from, to] of [
      ["core", "core", "edge-2"],
      ["edge-2", "edge-2", "core"],
    ]) {
      const raw = { ...scenario({ tls: true }), metrics: { kind: "prometheus", site } };
      const messages = await judgeStack(policy, (await deployedResources(raw)).outputs);
      deepStrictEqual(
        messages.map(([message, of]) => [message.replace(" (and 1 more)", ""), of]),
        [
          [
            `the Prometheus of the metrics would connect ${from} to ${to} unencrypted over the link core--edge-2, which is not trusted: it asks every site for its figures in plain HTTP, so take metrics out, or mark no link as not trusted`,
            "metrics",
          ],
        ],
      );
    }
  });

  it("refuses what nodes of a database tell each other over the link, though no service is behind it", async () => {
    const messages = async (nodes: object) =>
      judgeStack(
        policy,
        (
          await deployedResources({
            ...scenario({ tls: true }),
            controlPlane: { computes: {}, database: { kind: "galera", nodes } },
          })
        ).outputs,
      );
    deepStrictEqual(await messages({ core: 2, "edge-1": 1 }), []);
    deepStrictEqual(
      (await messages({ core: 1, edge: 1 })).map(([message]) => message.replace(/: its services.*/, "")),
      [
        "the control plane would connect core to edge-2 unencrypted over the link core--edge-2, which is not trusted (and 3 more)",
      ],
    );
  });

  it("refuses a workload that asks the APIs over the link, as it sends the administrator's password", async () => {
    const asking = (site: string, controlPlane: object = {}) => ({
      ...scenario({ tls: true }),
      workloads: [{ name: "tokens", kind: "rally", site, scenario: "Authenticate.keystone" }],
      controlPlane: { computes: { core: 2 }, ...controlPlane },
    });
    const messages = async (raw: object) => judgeStack(policy, (await deployedResources(raw)).outputs);
    for (const site of ["core", "edge-1"]) deepStrictEqual(await messages(asking(site)), [], site);
    const refused = [
      "the control plane would connect edge-2 to core unencrypted over the link core--edge-2, which is not trusted: its services speak plain HTTP and SQL, so keep them, and who asks them, at sites whose links are trusted",
      "control-plane",
    ];
    deepStrictEqual(await messages(asking("edge-2")), [refused]);
    const tracing = {
      ...asking("core", { profiler: true }),
      workloads: [{ name: "boot", kind: "trace", site: "edge-2" }],
    };
    deepStrictEqual(await messages(tracing), [refused]);
    const elsewhere = asking("edge-2", { services: { glance: "edge-1" } });
    const [[message] = [""]] = await messages(elsewhere);
    ok(message.includes("(and 1 more)"), message);
  });

  it("refuses what the core and its cells, or regions and the database that they share, say over the link", async () => {
    const spread = (controlPlane: object, bus: object = { tls: true }) => ({
      ...scenario(bus),
      controlPlane,
    });
    const messages = async (raw: object) =>
      (await judgeStack(policy, (await deployedResources(raw)).outputs)).map(([message]) =>
        message.replace(/ unencrypted.*/, ""),
      );
    for (const how of ["cells", "regions"]) {
      deepStrictEqual(
        await messages(spread({ computes: { "edge-1": 1 }, [how]: { "edge-1": {} } })),
        [],
        how,
      );
      const refused = await messages(spread({ computes: { "edge-2": 1 }, [how]: { "edge-2": {} } }));
      strictEqual(refused.length, 1, how);
      ok(refused[0]?.startsWith("the control plane would connect "), how);
    }
    // Of a bus without encryption, what the core says on a cell's as well.
    deepStrictEqual(await messages(spread({ computes: { "edge-2": 1 }, cells: { "edge-2": {} } }, {})), [
      "the bus bus would connect edge-2 to core",
      "the control plane would connect core to edge-2",
      "the bus control-plane-edge-2-bus would connect core to edge-2",
    ]);
  });

  it("refuses agents' plain connections over the link, and says which and what to do", async () =>
    deepStrictEqual(await said({}), [
      [
        "the bus bus would connect edge-2 to core unencrypted over the link core--edge-2, which is not trusted: set tls: true for the bus, or use one that encrypts",
        "bus",
      ],
    ]));

  it("refuses brokers' plain connections over it, also as a part of a longer way", async () => {
    const messages = await said({ topology: "federation" });
    deepStrictEqual(
      messages.map(([message]) => message.replace(/: set.*/, "")),
      [
        "the bus bus would connect core to edge-2 unencrypted over the link core--edge-2, which is not trusted (and 3 more)",
      ],
    );
  });

  it("refuses buses that have no encryption, and agents of a site that has no router", async () => {
    for (const bus of [
      { kind: "zeromq" },
      { kind: "artemis" },
      { kind: "routers", interior: ["core", "edge-1"] },
    ])
      strictEqual((await said(bus)).length, 1, JSON.stringify(bus));
  });

  it("is content where all plain connections take other links", async () =>
    deepStrictEqual(
      await said({ topology: "cluster", nodes: { core: 1, "edge-1": 1 } }).then((all) => all.length),
      1,
    ));

  it("takes a bus that does not say whom it connects to connect everyone, plainly", async () => {
    const silent = (await outputsOf({ tls: true })).map((one) => {
      if (!one.type.startsWith("buswide:bus:")) return one;
      const { connections: _, ...plan } = one.props["plan"] as { connections: unknown };
      return { ...one, props: { plan } };
    });
    strictEqual((await judgeStack(policy, silent)).length, 1);
  });

  it("waits with what a preview does not know yet", async () => {
    const outputs = (await outputsOf({})).map((one) =>
      one.type === "buswide:topology:Link" ? { ...one, props: { between: unknownValue } } : one,
    );
    deepStrictEqual(await judgeStack(policy, outputs), []);
  });

  it("says nothing where every link is trusted", async () => {
    const trusted = { ...scenario({}), links: [{ between: ["core", "edge"], delay: "5ms" }] };
    deepStrictEqual(await judgeStack(policy, (await deployedResources(trusted)).outputs), []);
  });
});
