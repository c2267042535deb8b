import { strict as assert } from "assert";
import { execFile, spawn, type ChildProcess } from "child_process";
import { once } from "events";
import { promisify } from "util";
import type { ExecResult } from "../../workloads/containers";
import { endEarlierAgents } from "../../workloads/probe/earlierAgents";

/** No agent of anybody: this machine's processes are searched, and containers' processes may be among them. */
const modules = `buswide_test_${process.pid}(\\.[a-z]+)?`;

const here = {
  exec: async (_: string, [program = "", ...words]: readonly string[]): Promise<ExecResult> => ({
    exitCode: 0,
    ...(await promisify(execFile)(program, words)),
  }),
};

describe("agents that an earlier run has left in a container", () => {
  const started: ChildProcess[] = [];
  const start = async (...words: string[]): Promise<ChildProcess> => {
    const child = spawn("sh", ["-c", "read line", "sh", ...words]);
    started.push(child);
    await once(child, "spawn");
    return child;
  };
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  it("are ended, however they were started, and counted; nothing else is", async () => {
    const module = `buswide_test_${process.pid}`;
    const agents = [await start("-m", module), await start("-m", `${module}.zeromq`)];
    const other = await start("-m", `${module}_of_another`);
    const named = await start("look", `for ${module} here`);
    const ends = agents.map((agent) => once(agent, "exit"));
    assert.equal(await endEarlierAgents(here, ["core-agents", "core-agents"], modules), 2);
    for (const [code, signal] of await Promise.all(ends)) assert.deepEqual([code, signal], [null, "SIGKILL"]);
    assert.deepEqual(
      [other.exitCode, other.signalCode, named.exitCode, named.signalCode],
      [null, null, null, null],
    );
  });

  it("are none where there are none", async () => {
    assert.equal(await endEarlierAgents(here, ["core-agents"], modules), 0);
  });

  it("are looked for in every container by the modules that its image starts", async () => {
    const asked: string[] = [];
    const exec = (name: string, command: readonly string[]): Promise<ExecResult> => {
      asked.push(name);
      const [, pattern = ""] = /grep -lszxE '(.*)' /.exec(command.join(" ")) ?? [];
      const matches = new RegExp(`^(${pattern})$`);
      for (const module of ["buswide_agent", "buswide_agent.zeromq", "buswide_ombt"])
        assert.match(module, matches);
      assert.doesNotMatch("buswide_other", matches);
      return Promise.resolve({ exitCode: 0, stdout: "ended\nended\n", stderr: "" });
    };
    assert.equal(await endEarlierAgents({ exec }, ["core-agents", "edge-agents"]), 4);
    assert.deepEqual(asked.sort(), ["core-agents", "edge-agents"]);
  });

  it("are not taken for ended where nobody could look", async () => {
    const exec = () => Promise.resolve({ exitCode: 126, stdout: "", stderr: "no sh\n" });
    await assert.rejects(
      endEarlierAgents({ exec }, ["core-agents"]),
      /core-agents: agents of earlier runs were not looked for: no sh/,
    );
  });
});
