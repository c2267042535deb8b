import { strictEqual } from "assert";
import { parsed, smallScenarioWith } from "../support/scenarios";
import { assertRefused } from "./refusal";

const notify = { name: "n", kind: "notification", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 };
const of = (bus: object, memory: string) => ({
  ...smallScenarioWith(["bus"], { ...bus, memory }),
  workloads: [notify],
});

describe("a memory limit of a bus is refused where", () => {
  for (const { bus, least, less } of [
    { bus: { kind: "rabbitmq" }, least: 192, less: "191MiB" },
    { bus: { kind: "rabbitmq", topology: "federation" }, least: 192, less: "32MiB" },
    { bus: { kind: "artemis" }, least: 384, less: "383MiB" },
    { bus: { kind: "artemis", topology: "cluster" }, least: 384, less: "32MiB" },
    { bus: { kind: "kafka" }, least: 384, less: "256MiB" },
    { bus: { kind: "routers" }, least: 32, less: "31MiB" },
    { bus: { kind: "zeromq" }, least: 32, less: "31MiB" },
  ])
    it(`${JSON.stringify(bus)} would not start with ${less}, and the least that is named is taken`, () => {
      assertRefused(of(bus, less), ["bus.memory", `"${less}" is too little: use at least ${least}MiB`]);
      strictEqual(parsed(of(bus, `${least}MiB`)).bus.memory, least * 1024 ** 2);
    });
});
