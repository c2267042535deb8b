import { deepEqual, equal, ok } from "assert/strict";
import { execa } from "execa";
import { existsSync, readFileSync } from "fs";
import { join, resolve } from "path";
import { setTimeout as sleep } from "timers/promises";
import { operationProcesses, signal } from "../../bin/engine/processes";
import { results, type ServersRecord } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { assertKeepsSecrets } from "../support/keptSecrets";

const root = resolve(__dirname, "../..");
const load = {
  ...{ name: "boots", kind: "servers", site: "core", rate: "12/min", authentications: "2/s" },
  ...{ duration: "150s", wait: "3min" },
};
const timeline = [
  { at: "30s", kill: "core/rabbitmq", for: "10s" },
  { at: "90s", restart: "core/mariadb" },
];

describe("a control plane whose broker dies for ten seconds and whose database is started again", function () {
  this.timeout(1_500_000);
  const stage = new ControlPlaneStage(
    "long-control-faults",
    { kind: "rabbitmq" },
    {
      workloads: [{ ...load, timeline }],
    },
  );
  after(() => stage.destroy());

  const container = (service: string) => `buswide-${stage.stack}-${service}`;
  const isRunning = async (service: string): Promise<boolean> => {
    const { stdout } = await execa("docker", ["inspect", "-f", "{{.State.Running}}", container(service)]);
    return stdout.trim() === "true";
  };
  const note = join(root, ".buswide", "faults", `${stage.stack}.json`);
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  let record: ServersRecord;
  const said: Record<string, string> = {};

  it("is measured to its end, and both are back", async () => {
    const up = await stage.buswide("up");
    said["the first up"] = up.all;
    equal(up.exitCode, 0, up.all);
    const text = readFileSync(join(stage.runs, "latest", "results.json"), "utf8");
    const { status, failure, servers } = results.parse(JSON.parse(text));
    equal(status, "complete", failure);
    const [found, ...others] = servers ?? [];
    ok(found && others.length === 0);
    record = found;
    const { services: _, brokers: __, wan: ___, ...figures } = record;
    process.stdout.write(`      ${JSON.stringify(figures)}\n`);
    deepEqual(
      record.faults.map(({ what, subjects }) => [what, ...subjects]),
      [
        ["kill", "core/rabbitmq"],
        ["restart", "core/mariadb"],
      ],
    );
    for (const service of ["core-rabbitmq", "core-mariadb"]) ok(await isRunning(service), service);
    ok(!existsSync(note));
    const lines = readFileSync(join(stage.runs, "latest", "series.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; service?: string; what?: string });
    deepEqual(
      lines.flatMap(({ kind, service, what }) => (kind === "service" ? [`${what} ${service}`] : [])),
      ["kill core/rabbitmq", "restored core/rabbitmq", "restart core/mariadb", "restored core/mariadb"],
    );
  });

  it("loses no server silently: each request is accounted for, and none is in BUILD, gone or out of reach", () => {
    const { boots, before, faults, left, unaccepted } = record;
    equal(boots.asked, 30);
    equal(boots.asked, boots.accepted + sum(boots.refused) + sum(boots.unanswered));
    equal(boots.accepted, boots.active + boots.error + sum(boots.stuck) + boots.gone + boots.unknown);
    deepEqual([boots.stuck, boots.gone, boots.unknown], [{}, 0, 0]);
    const parts = [before, ...faults.flatMap(({ underWay, during, after }) => [underWay, during, after])];
    equal(
      parts.reduce((total, part) => total + (part?.boots.asked ?? 0), 0),
      30,
    );
    equal(before?.boots.active, before?.boots.asked);
    ok((before?.boots.asked ?? 0) >= 4, JSON.stringify(before));
    // What nobody was told of is known too, and nothing is left behind.
    ok(!("BUILD" in unaccepted), JSON.stringify(unaccepted));
    equal(left, 0);
  });

  it("is well again after each: servers become ACTIVE, tokens are granted, computes are up and heard of", () => {
    for (const { what, bootsBackSeconds, authenticationsBackSeconds, novaServices } of record.faults) {
      ok(bootsBackSeconds !== undefined && bootsBackSeconds < 60, `${what}: ${bootsBackSeconds}`);
      ok(authenticationsBackSeconds !== undefined, what);
      ok(novaServices?.upSeconds !== undefined, what);
      ok(novaServices.reportedSeconds !== undefined, what);
    }
    const { services = 0, down, silent } = record.novaServices ?? {};
    // Two computes, conductor and scheduler.
    ok(services >= 4, `${services}`);
    deepEqual([down, silent], [[], []]);
  });

  it("has users of Keystone notice nothing of the broker, which it does not use, and something of its database", () => {
    const [broker, database] = record.faults;
    const tokens = broker?.during.authentications;
    deepEqual([tokens?.granted, tokens?.refused, tokens?.unanswered], [tokens?.asked, {}, {}]);
    ok((tokens?.asked ?? 0) >= 19, JSON.stringify(tokens));
    const noticed = [database?.underWay, database?.during].map((part) => part?.authentications);
    const failed = noticed.reduce((total, part) => total + (part ? part.asked - part.granted : 0), 0);
    const slowest = Math.max(...noticed.map((part) => part?.seconds?.max ?? 0));
    ok(failed > 0 || slowest > 1, JSON.stringify(noticed));
  });

  it("has a service back that a run left dead which was killed itself", async () => {
    const kill = JSON.stringify([{ at: "2s", kill: "core/keystone", for: "100s" }]);
    const running = stage.buswide("up", "--set", `workloads[0].timeline=${kill}`);
    for (let tries = 0; await isRunning("core-keystone"); tries++) {
      ok(tries < 600, "Keystone was not killed");
      await sleep(500);
    }
    ok(existsSync(note));
    const its = operationProcesses().filter(({ owner }) => owner.stack === stage.stack);
    for (const pid of [running.pid, ...its.map(({ pid: one }) => one)]) if (pid) signal(pid, "SIGKILL");
    said["the up that was killed"] = (await running).all;
    ok(!(await isRunning("core-keystone")));
    const up = await stage.buswide("up", "--set", "workloads=[]");
    said["the up after it"] = up.all;
    equal(up.exitCode, 0, up.all);
    ok(
      /core\/keystone was left by an earlier run as its timeline had it; it is started/.test(up.all),
      up.all,
    );
    ok(await isRunning("core-keystone"));
    ok(!existsSync(note));
  });

  it("keeps its secrets: neither faults nor a kill have put one into a log, a run or its state", () => {
    deepEqual(Object.keys(said).length, 3);
    assertKeepsSecrets({ stack: stage.stack, said, folders: [stage.runs] });
  });
});
