import { PassThrough } from "stream";
import { createInterface } from "readline";
import type { Containers, ExecProcess, ExecResult } from "../../workloads/containers";
import type { Hand } from "../../workloads/probe/deal";
import type { Command } from "../../workloads/probe/protocol";

type Role = Hand["role"];
type Asked<Type extends Command["type"]> = Extract<Command, { type: Type }>;

/** What fake agents do where they don't do the least that the probe asks for. */
export interface Behaviour {
  /** Reports of an agent on a round that began, besides `finished` of clients. */
  reports?(role: Role, run: Asked<"run">): object[];
  /** Is told what an agent is told to be. */
  configured?(command: Asked<"configure">): void;
  /** Whether clients are done with the round at once. */
  finishes?(run: Asked<"run">): boolean;
  /** Whether a question for what was counted is answered. */
  answersFlush?(role: Role): boolean;
  /** How many agents an earlier run has left in a container that is asked. */
  left?(): number;
  /** Whether an agent ends when it is told to. */
  stops?: boolean;
}

/** Agents that speak the probe's protocol and do nothing else. `end` ends those that are left. */
export function fakeAgents(behaviour: Behaviour): { containers: Containers; end(): void; running(): number } {
  const ends = new Set<() => void>();
  const unused = () => Promise.reject(new Error("not expected"));
  const spawn = (): Promise<ExecProcess> => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    const exited = new Promise<number>((resolve) => {
      const end = (): void => {
        ends.delete(end);
        resolve(0);
      };
      ends.add(end);
      serve(streams.stdin, (report) => streams.stdout.write(`${JSON.stringify(report)}\n`), end, behaviour);
    });
    return Promise.resolve({ ...streams, exited });
  };
  // What ends the agents of an earlier run.
  const exec = (): Promise<ExecResult> => {
    const stdout = "ended\n".repeat(behaviour.left?.() ?? 0);
    return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
  };
  const containers = { spawn, exec, usage: unused, logs: unused };
  return {
    containers,
    end: () => {
      for (const end of ends) end();
    },
    running: () => ends.size,
  };
}

/** Sequence numbers 0 to `count - 1` that one client sent and that ended well for it. */
export function succeeded(run: { round: number }, count: number, more: object = {}): object {
  const clients = { "0": { ok: [[0, count - 1]], failed: {}, late: 0 } };
  return { type: "interval", round: run.round, second: 0, clients, ...more };
}

/** The same numbers at a server. */
export function received(run: { round: number }, count: number, more: object = {}): object {
  const receivers = { "0": { new: { "0": count > 0 ? [[0, count - 1]] : [] }, again: {}, reordered: 0 } };
  return { type: "interval", round: run.round, second: 0, receivers, ...more };
}

function serve(
  commands: PassThrough,
  report: (report: object) => void,
  end: () => void,
  behaviour: Behaviour,
): void {
  let role: Role = "client";
  const obey = (line: string): void => {
    const command = JSON.parse(line) as Command;
    switch (command.type) {
      case "clock":
        return report({ type: "clock", id: command.id, pid: 1, unix: Date.now() / 1000, offset: 0 });
      case "configure":
        ({ role } = command);
        behaviour.configured?.(command);
        return report({ type: "configured" });
      case "run":
        for (const one of behaviour.reports?.(role, command) ?? []) report(one);
        if (role === "client" && (behaviour.finishes?.(command) ?? true))
          report({ type: "finished", round: command.round });
        return;
      case "flush":
        if (behaviour.answersFlush?.(role) ?? true) report({ type: "flushed", id: command.id });
        return;
      case "stop":
        if (behaviour.stops ?? true) end();
        return;
      case "ping":
      case "abort":
        return;
    }
  };
  // A process never answers while it is still being written to.
  createInterface({ input: commands }).on("line", (line) => setImmediate(() => obey(line)));
}
