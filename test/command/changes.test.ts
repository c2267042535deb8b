import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { deepStrictEqual, ok } from "assert";
import { readFileSync } from "fs";
import { join } from "path";
import { parse } from "yaml";
import { ChangeLog, describeChanges } from "../../bin/report/changes";
import { scenarioKey } from "../../bin/scenario/read";
import { deployed } from "../support/experiments";
import type { Registration } from "../support/mocks";

const stacks = join(__dirname, "../../stacks");

async function registered(scenario: string): Promise<readonly Registration[]> {
  const file = parse(readFileSync(join(stacks, `Pulumi.${scenario}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return (await deployed(file.config[scenarioKey])).registrations;
}

/** What a preview of one scenario says where another is deployed: the engine's part is that containers are replaced. */
async function previewed(from: string, to: string): Promise<string[]> {
  const [old, wanted] = [await registered(from), await registered(to)];
  const key = ({ type, name }: Registration) => `${type}::${name}`;
  const types = new Map([...old, ...wanted].map((one) => [one.name, one.type]));
  const urn = (type: string, name: string) => `urn:pulumi:t::buswide::${type}::${name}`;
  const before = new Map(old.map((one) => [key(one), one]));
  const after = new Map(wanted.map((one) => [key(one), one]));
  const state = (one: Registration | undefined) =>
    one && {
      type: one.type,
      urn: urn(one.type, one.name),
      id: one.name,
      parent: one.parent === undefined ? "" : urn(types.get(one.parent) ?? "", one.parent),
      inputs: one.inputs,
      outputs: {},
      provider: "",
    };
  const log = new ChangeLog();
  for (const at of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(at), after.get(at)];
    const { type, name } = (was ?? is) as Registration;
    const same = JSON.stringify(was?.inputs) === JSON.stringify(is?.inputs);
    const op = !was
      ? "create"
      : !is
        ? "delete"
        : same
          ? "same"
          : type.startsWith("docker:")
            ? "replace"
            : "update";
    const [a, b] = [state(was), state(is)];
    const metadata: StepEventMetadata = {
      op,
      urn: urn(type, name),
      type,
      provider: "",
      ...(a ? { old: a } : {}),
      ...(b ? { new: b } : {}),
    };
    const event: EngineEvent = { sequence: 0, timestamp: 0, resourcePreEvent: { metadata, planning: true } };
    log.take(event);
  }
  return describeChanges(log.document);
}

describe("what a person reads of a change", () => {
  it("from one broker to a federation is the bus's parts, each in a line, and what differs in them", async () => {
    const lines = await previewed("single", "federation");
    const [bus = "", broker = "", ...others] = lines;
    for (const difference of ["topology single → federation", "+ brokers[edge-1-rabbitmq]", "+ federation"])
      ok(bus.startsWith("~ rabbit mq bus: ") && bus.includes(difference), bus);
    deepStrictEqual(
      broker,
      "± service bus-core-rabbitmq: /etc/rabbitmq/enabled_plugins: - [rabbitmq_prometheus].; + [rabbitmq_prometheus,rabbitmq_federation]., + /etc/rabbitmq/definitions/10-start.json.users[federation], + /etc/rabbitmq/definitions/10-start.json.permissions[federation]",
    );
    deepStrictEqual(
      others.filter((line) => line.includes(" bus-")),
      [
        "+ federation bus-core-rabbitmq-federation",
        "+ service bus-edge-1-rabbitmq",
        "+ federation bus-edge-1-rabbitmq-federation",
        "+ service bus-edge-2-rabbitmq",
        "+ federation bus-edge-2-rabbitmq-federation",
        "+ random secret bus-federation-password",
      ],
    );
    deepStrictEqual(lines.at(-1), "3 to update, 1 to delete, 1 to replace, 12 to create");
  });

  it("to another bus names the agents' other image, and the links that differ", async () => {
    const lines = await previewed("single", "zeromq");
    for (const line of [
      "- rabbit mq bus",
      "+ zero mq bus",
      "+ service bus-core-matchmaker",
      "± service core-agents: image agent → agent-zeromq",
      "~ link core--edge-1: back.delayMs 5 → 25, there.delayMs 5 → 25",
    ])
      ok(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
  });

  it("of a configuration file is the lines that differ", async () => {
    const lines = await previewed("single", "cluster");
    const broker = lines.find((line) => line.includes("service bus-core-rabbitmq")) ?? "";
    ok(
      broker.includes(
        "/etc/rabbitmq/rabbitmq.conf: - cluster_name = core-rabbitmq; + cluster_name = buswide; + cluster_formation",
      ),
      broker,
    );
  });
});
