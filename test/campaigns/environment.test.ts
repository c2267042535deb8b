import { deepEqual, equal, notEqual } from "assert/strict";
import { readFileSync } from "fs";
import { resolve } from "path";
import { environmentDifferences } from "../../campaigns/compare/environment";
import { environmentOf } from "../../campaigns/table/environment";
import type { Row } from "../../campaigns/table/rows";
import { provenance } from "../../workloads/results/schema";
import { agentPackages, hashedId, targetOf } from "../../workloads/runner/provenance";
import { someResults } from "../runner/results";

describe("whether two sets of measurements are of one machine", () => {
  const one: Row = { cpu: "Some CPU", cores: 2, memory_bytes: 24 * 2 ** 30, machine: "aa", target: "local" };
  const kinds = (a: Row, b: Row) =>
    environmentDifferences([{ ...one, ...a }], [{ ...one, ...b }]).map(({ kind, what }) => [kind, what]);

  it("is decided by its id, however like another it is", () =>
    deepEqual(kinds({}, { machine: "bb" }), [["machine", "machine, by a hash of its id"]]));

  it("does not turn on a few pages of its memory, and does on a hundredth of it", () => {
    deepEqual(kinds({}, { memory_bytes: 24 * 2 ** 30 - 4096 }), []);
    deepEqual(kinds({}, { memory_bytes: 0.98 * 24 * 2 ** 30 }), [["machine", "memory, bytes"]]);
  });

  it("turns on its cores also where the id is the same", () =>
    deepEqual(kinds({}, { cores: 4 }), [["machine", "cores"]]));

  it("is said to be unsure where one side does not say which machine it was, and decided by all else", () => {
    deepEqual(kinds({ machine: undefined }, {}), [["unsure", "machine, by a hash of its id"]]);
    deepEqual(kinds({ machine: undefined }, { machine: undefined }), []);
  });

  it("turns on the hosts of the sites: two testbeds that one machine drives are two", () => {
    const hosts: Row = { target: "machines", hosts: "2 × X, 4 cores", hosts_memory_bytes: 8e9 };
    const testbed: Row = { ...hosts, hosts_machines: "cc, dd" };
    deepEqual(kinds(testbed, { ...testbed, hosts_memory_bytes: 8e9 + 4096 }), []);
    deepEqual(kinds(testbed, { ...testbed, hosts_machines: "cc, ee" }), [
      ["machine", "hosts, by a hash of their ids"],
    ]);
    deepEqual(kinds(testbed, { ...testbed, hosts: "2 × Y, 4 cores" }), [["machine", "hosts of the sites"]]);
    deepEqual(
      kinds({}, testbed).filter(([kind]) => kind === "machine"),
      [
        ["machine", "kind of target"],
        ["machine", "hosts of the sites"],
      ],
    );
  });

  it("turns on how many hosts there are and on their cores", () => {
    const base = someResults().provenance;
    const of = (...cores: number[]): Row[] => [
      environmentOf({
        ...base,
        hosts: Object.fromEntries(cores.map((own, at) => [`h${at}`, { ...base.host, cpu: "X", cores: own }])),
      }),
    ];
    deepEqual(environmentDifferences(of(4, 4), of(4, 4)), []);
    for (const [other, words] of [
      [of(4, 8), "1 × X, 4 cores; 1 × X, 8 cores"],
      [of(4, 4, 4), "3 × X, 4 cores"],
    ] as const)
      deepEqual(environmentDifferences(of(4, 4), other)[0], {
        ...{ kind: "machine", what: "hosts of the sites", a: "2 × X, 4 cores", b: words },
      });
  });

  it("does not turn on the machine that measures where the sites of both are on hosts, which is said", () => {
    const hosts: Row = { hosts: "2 × X, 4 cores", hosts_machines: "cc, dd", kernel: "6" };
    const other: Row = { ...hosts, cpu: "Y", cores: 64, machine: "bb", kernel: "7" };
    deepEqual(kinds(hosts, other), [
      ["steering", "of the machine that measures, CPU"],
      ["steering", "of the machine that measures, cores"],
      ["steering", "of the machine that measures, machine, by a hash of its id"],
      ["steering", "of the machine that measures, kernel"],
    ]);
    const [cpu] = kinds({}, other);
    deepEqual(cpu, ["machine", "CPU"]);
  });

  it("does not turn on a target that one side does not name", () =>
    deepEqual(kinds({ target: undefined }, {}), []));

  it("is beside the point of another image or tool, which is said as a version", () =>
    deepEqual(
      kinds({ image_rabbitmq: "ab", version_ombt: "3.0.0" }, { image_rabbitmq: "cd", version_ombt: "4" }),
      [
        ["version", "ombt"],
        ["version", "image of rabbitmq"],
      ],
    ));

  it("says nothing of images and versions that one side does not have or did not note", () =>
    deepEqual(kinds({ image_rabbitmq: "ab", version_ombt: "3.0.0" }, { image_kafka: "cd" }), []));
});

describe("the columns of what was measured on and with", () => {
  const base = someResults().provenance;
  const host = { ...base.host, id: "aa" };

  it("have the machine, the hosts together, the target and each image by its service", () => {
    const row = environmentOf({
      ...base,
      host,
      target: "machines",
      hosts: {
        alpha: { ...host, cpu: "X", cores: 4, memoryBytes: 1e9, id: "dd" },
        beta: { ...host, cpu: "X", cores: 4, memoryBytes: 2e9, id: "cc" },
      },
      versions: { ombt: "3.0.0" },
      images: {
        "core/rabbitmq": `sha256:${"ab".repeat(32)}`,
        "edge-1/rabbitmq-2": `sha256:${"ab".repeat(32)}`,
        "edge-1/gateway": `sha256:${"cd".repeat(32)}`,
      },
    });
    const { machine, target, hosts, hosts_count, hosts_cores, hosts_memory_bytes, hosts_machines } = row;
    deepEqual(
      [machine, target, hosts, hosts_count, hosts_cores, hosts_memory_bytes, hosts_machines],
      ["aa", "machines", "2 × X, 4 cores", 2, 8, 3e9, "cc, dd"],
    );
    deepEqual(
      [row.image_rabbitmq, row.image_gateway, row.version_ombt],
      ["abababababab", "cdcdcdcdcdcd", "3.0.0"],
    );
  });

  it("have no hosts where all was on one machine, and no ids where one host's is not known", () => {
    equal(environmentOf({ ...base, host }).hosts, undefined);
    const { id: _, ...unknown } = host;
    equal(environmentOf({ ...base, hosts: { alpha: host, beta: unknown } }).hosts_machines, undefined);
    // A host that could not be asked.
    const none = { ...host, cores: 0 };
    equal(environmentOf({ ...base, hosts: { alpha: host, beta: none } }).hosts_cores, undefined);
  });

  it("are read from older results, which have none of it", () => {
    const { id: _, ...older } = host;
    equal(provenance.safeParse({ ...base, host: older }).success, true);
    equal(provenance.safeParse({ ...base, host, target: "local" }).success, true);
  });
});

it("a run asks agents for the version of every tool that makes their load", () => {
  const pinned = readFileSync(resolve(__dirname, "../../workloads/agent/ombt.txt"), "utf8");
  const [, name = ""] = /^([\w.-]+)==/m.exec(pinned) ?? [];
  equal(name, "ombt");
  deepEqual(
    [name, "oslo.messaging"].filter((one) => !agentPackages.includes(one)),
    [],
  );
});

describe("the id of a machine in results", () => {
  const raw = "0123456789abcdef0123456789abcdef\n";
  it("is the same for one machine, another for another, and not what it is made of", () => {
    const { id } = hashedId(raw);
    deepEqual(hashedId(raw.trim()), { id });
    notEqual(hashedId(raw.replace("0", "1")).id, id);
    equal(id?.length, 16);
    equal(raw.includes(id), false);
  });
  it("is absent where there is nothing to make it of", () => deepEqual(hashedId("\n"), {}));
  it("stands beside the target that the scenario, as parsed, had", () => {
    deepEqual(targetOf({ target: { kind: "machines" } }), { target: "machines" });
    deepEqual(targetOf({ sites: {} }), {});
  });
});
