import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import assert from "assert";
import fc from "fast-check";
import { ChangeLog, describeChanges } from "../../bin/report/changes";
import { differences } from "../../bin/report/difference";
import { Outcome } from "../../bin/report/outcome";
import { PhaseCounter } from "../../bin/report/phases";
import { ProgressReport } from "../../bin/report/progress";
import { PlainScreen, type Screen, type Status } from "../../bin/report/screen";

const prefix = "urn:pulumi:t::buswide::";
const linkUrn = `${prefix}buswide:topology:Link::core--edge-1`;
const thereUrn = `${prefix}buswide:topology:Link$command:local:Command::core--edge-1-there`;
const backUrn = `${prefix}buswide:topology:Link$command:local:Command::core--edge-1-back`;
const runUrn = `${prefix}buswide:workload:Measurement$command:local:Command::measurement-run`;
const gatewayUrn = `${prefix}buswide:topology:Site$buswide:topology:Gateway$docker:index/container:Container::core-gateway-container`;
const brokerUrn = `${prefix}buswide:bus:RabbitMq$buswide:topology:Service$docker:index/container:Container::core-rabbitmq-container`;
const agentsUrn = `${prefix}buswide:topology:Service$docker:index/container:Container::core-agents-container`;
const stackUrn = `${prefix}pulumi:pulumi:Stack::buswide-t`;

let sequence = 0;
function event(content: Partial<EngineEvent>): EngineEvent {
  return { sequence: (sequence += 1), timestamp: 0, ...content };
}

function metadata(
  op: StepEventMetadata["op"],
  urn: string,
  before?: Record<string, unknown>,
  after?: Record<string, unknown>,
): StepEventMetadata {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const state = (inputs: Record<string, unknown>) => ({
    type,
    urn,
    id: "1",
    parent: urn === thereUrn || urn === backUrn ? linkUrn : "",
    inputs,
    outputs: {},
    provider: "",
  });
  return {
    op,
    urn,
    type,
    provider: "",
    ...(before ? { old: state(before) } : {}),
    ...(after ? { new: state(after) } : {}),
  };
}

const planned = (...args: Parameters<typeof metadata>) =>
  event({ resourcePreEvent: { metadata: metadata(...args), planning: true } });
const done = (op: StepEventMetadata["op"], urn: string) =>
  event({ resOutputsEvent: { metadata: metadata(op, urn) } });
const said = (
  severity: "info" | "info#err" | "warning" | "error",
  message: string,
  urn?: string,
): EngineEvent =>
  event({ diagnosticEvent: { severity, message, color: "never", ...(urn === undefined ? {} : { urn }) } });

describe("the changes of a preview", () => {
  function changesOf(...events: EngineEvent[]) {
    const log = new ChangeLog();
    events.forEach((each) => log.take(each));
    return log.document;
  }

  it("are exactly the operations that are not `same`, by name", () => {
    const { changes, summary } = changesOf(
      planned("same", gatewayUrn, {}, {}),
      planned("update", thereUrn, { stdin: '{"delayMs":25}' }, { stdin: '{"delayMs":50}' }),
      planned("read", agentsUrn, {}, {}),
      planned("update", backUrn, { stdin: '{"delayMs":25}' }, { stdin: '{"delayMs":50}' }),
      planned("create", brokerUrn, undefined, { image: "a" }),
    );
    assert.deepEqual(
      changes.map(({ op, name }) => [op, name]),
      [
        ["update", "core--edge-1-back"],
        ["update", "core--edge-1-there"],
        ["create", "core-rabbitmq-container"],
      ],
    );
    assert.deepEqual(summary, { update: 2, create: 1 });
  });

  it("have the whole of a documented shape", () => {
    const { changes } = changesOf(
      planned("update", thereUrn, { stdin: '{"delayMs":25,"seed":1}' }, { stdin: '{"delayMs":50,"seed":1}' }),
    );
    assert.deepEqual(changes, [
      {
        op: "update",
        urn: thereUrn,
        type: "command:local:Command",
        name: "core--edge-1-there",
        parent: linkUrn,
        diff: [{ path: "stdin.delayMs", before: 25, after: 50 }],
      },
    ]);
  });

  for (const steps of [
    ["delete-replaced", "replace", "create-replacement"],
    ["create-replacement", "replace", "delete-replaced"],
  ] as const)
    it(`count a replacement once, when its steps are ${steps.join(", ")}`, () => {
      const { changes, summary } = changesOf(
        ...steps.map((op) => planned(op, gatewayUrn, { image: "a" }, { image: "b" })),
      );
      assert.deepEqual(
        changes.map(({ op, diff }) => [op, diff]),
        [["replace", [{ path: "image", before: "a", after: "b" }]]],
      );
      assert.deepEqual(summary, { replace: 1 });
    });

  it("read in human terms", () => {
    const lines = describeChanges(
      changesOf(
        planned("update", linkUrn, { there: { delayMs: 25 } }, { there: { delayMs: 50 } }),
        planned("replace", runUrn, { triggers: ["a".repeat(64)] }, { triggers: ["b".repeat(64)] }),
        planned("delete", brokerUrn, { image: "a" }),
      ),
    );
    assert.deepEqual(lines, [
      "~ link core--edge-1: there.delayMs 25 → 50",
      "- docker container core-rabbitmq-container",
      "± measurement-run: measures again",
      "1 to update, 1 to delete, 1 to replace",
    ]);
    assert.deepEqual(describeChanges(changesOf()), ["no changes"]);
  });

  it("show what is known only once something else is made as such", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { changes } = changesOf(planned("update", thereUrn, { triggers: ["x"] }, { triggers: [unknown] }));
    assert.deepEqual(changes[0]?.diff, [{ path: "triggers[0]", before: "x", after: "[known once made]" }]);
  });

  it("name a secret that differs, and show nothing of it", () => {
    const secret = (ciphertext: string) => ({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext,
    });
    for (const form of [
      (text: string): unknown => secret(text),
      (text: string) => JSON.stringify(secret(text)),
    ]) {
      const changes = (after: unknown) =>
        describeChanges(changesOf(planned("update", thereUrn, { stdin: form("djE6") }, { stdin: after })));
      assert.match(changes(form("djI6"))[0] ?? "", /: settings: another secret$/);
      assert.match(
        changes("04da6b54-80e4-46f7-96ec-b56ff0331ba9")[0] ?? "",
        /: settings \[secret\] → \[known once made\]$/,
      );
      assert.deepEqual(differences({ a: form("djE6") }, { a: form("djE6") }), []);
    }
  });

  it("have no difference between equal values, and one wherever values differ", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.deepEqual(differences({ a }, { a: structuredClone(a) }), []);
        const equal = JSON.stringify(a) === JSON.stringify(b);
        const empty = (value: unknown) => typeof value === "object" && value !== null;
        // Maps and lists without content, and keys of the engine's own, have no leaf to differ in.
        if (!equal && !empty(a) && !empty(b)) assert.equal(differences({ a }, { a: b }).length, 1);
      }),
    );
  });
});

describe("the end of an operation", () => {
  function outcomeOf(...events: EngineEvent[]): Outcome {
    const outcome = new Outcome();
    events.forEach((each) => outcome.take(each));
    return outcome;
  }

  it("names a failed resource and its message once, without colours", () => {
    const message = "<{%fg 1%}>error: no such image<{%reset%}>\n";
    const outcome = outcomeOf(
      said("error", message, brokerUrn),
      said("error", message, brokerUrn),
      said("error", "update failed", stackUrn),
    );
    assert.deepEqual(outcome.describe(), [
      "failed: core-rabbitmq-container (docker container)\n  no such image",
    ]);
  });

  it("leaves out what a provider says twice, and what was only stopped by a failure elsewhere", () => {
    const outcome = outcomeOf(
      said("error", "sdk-v2/provider2.go:571: sdk.helper_schema: name in use", brokerUrn),
      said("error", "1 error occurred:\n\t* name in use\n\n", brokerUrn),
      said("error", "failed to run remediation: context canceled", gatewayUrn),
    );
    assert.deepEqual(outcome.failures, [{ urn: brokerUrn, messages: ["name in use"] }]);
  });

  it("gives even what says little when nothing says more", () => {
    assert.deepEqual(outcomeOf(said("error", "update failed", stackUrn)).describe(), ["update failed"]);
  });

  it("gives of a failed measurement what the runner said last: the rest was shown as it came", () => {
    const message =
      'exit status 1: running "node …":\nmeasuring 3 links\nFAILED: link a--b\nfailed: link a--b, rtt; kept: runs/t/1\n{"run":1}';
    assert.deepEqual(outcomeOf(said("error", message, runUrn)).describe(), [
      "failed: measurement-run (command)\n  failed: link a--b, rtt; kept: runs/t/1",
    ]);
  });

  it("names a violated policy, the resource and what to do", () => {
    const outcome = outcomeOf(
      event({
        policyEvent: {
          resourceUrn: gatewayUrn,
          message: "Give it a memory limit.",
          color: "never",
          policyName: "containers-have-memory-limits",
          policyPackName: "buswide",
          policyPackVersion: "1",
          policyPackVersionTag: "1",
          enforcementLevel: "mandatory",
        },
      }),
    );
    assert.deepEqual(outcome.describe(), [
      "policy violated: containers-have-memory-limits by core-gateway-container (docker container)\n  Give it a memory limit.",
    ]);
    assert.deepEqual(
      outcome.violations.map(({ mandatory }) => mandatory),
      [true],
    );
  });

  it("counts what changed and leaves out what did not", () => {
    const summary = (resourceChanges: Record<string, number>) =>
      event({ summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges, policyPacks: {} } });
    assert.deepEqual(outcomeOf(summary({ same: 50, update: 2 })).changes, { update: 2 });
    assert.deepEqual(outcomeOf(summary({ same: 50 })).changes, {});
  });
});

describe("the progress of an up", () => {
  class Recorded implements Screen {
    readonly lines: string[] = [];
    readonly statuses: Status[] = [];
    line(text: string): void {
      this.lines.push(text);
    }
    status(status: Status): void {
      this.statuses.push(status);
    }
    close(): void {
      this.lines.push("closed");
    }
  }
  const expected = { images: 0, sites: 1, links: 1, bus: 1, agents: 1, measurement: 1 };

  it("counts a link as done when both its directions are, and a resource once", () => {
    const counter = new PhaseCounter(expected);
    counter.take(done("create", thereUrn));
    counter.take(done("create", thereUrn));
    assert.equal(counter.progress("links").done, 0);
    assert.deepEqual(counter.take(done("create", backUrn)), { phase: "links", done: 1, total: 1 });
  });

  it("tells a gateway, a broker and agents apart", () => {
    const counter = new PhaseCounter(expected);
    const ended = [gatewayUrn, brokerUrn, agentsUrn].map((urn) => counter.take(done("same", urn))?.phase);
    assert.deepEqual(ended, ["sites", "bus", "agents"]);
    assert.deepEqual(counter.overall, { done: 3, total: 5 });
    assert.equal(counter.current?.phase, "links");
  });

  it("does not count what is taken away or only planned", () => {
    const counter = new PhaseCounter(expected);
    counter.take(done("delete", gatewayUrn));
    counter.take(event({ resOutputsEvent: { metadata: metadata("create", brokerUrn), planning: true } }));
    assert.equal(counter.overall.done, 0);
  });

  it("shows each phase's end, and the runner's lines as they come, its details as the status", () => {
    const screen = new Recorded();
    const report = new ProgressReport(new PhaseCounter(expected), screen);
    for (const each of [
      done("create", gatewayUrn),
      said("info", "workload 1 of 2, call: about 20 s left\n", runUrn),
      said("info", "  call: 10 of 150 operations\n", runUrn),
      said("info", "noise of another resource", gatewayUrn),
    ])
      report.take(each);
    assert.deepEqual(screen.lines, ["sites 1/1", "workload 1 of 2, call: about 20 s left"]);
    assert.equal(screen.statuses.at(-1)?.text, "call: 10 of 150 operations");
  });

  it("writes no control characters where there is no terminal", () => {
    let written = "";
    const screen = new PlainScreen((text) => (written += text));
    screen.line("\u001b[31mred\u001b[0m");
    screen.status({ text: "waiting", done: 1, total: 2 });
    screen.close();
    screen.line("at the end");
    assert.match(written, /^ +0s {2}red\nat the end\n$/);
  });
});
