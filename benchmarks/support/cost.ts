import { readdirSync, readFileSync } from "fs";
import type { Bench } from "../benchmark";
import type { Container } from "./deployment";

/** A process as /proc has it. CPU time is its own and that of the children it has waited for. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuSeconds: number;
  /** What of it is that of children it has waited for. */
  readonly waitedForSeconds: number;
  readonly memoryBytes: number;
}

// USER_HZ and the page size are these on every architecture that Linux and Node.js agree on.
const ticksPerSecond = 100;
const pageBytes = 4096;

/** Every process of the machine. Empty where there is no /proc. */
function processes(): Process[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((entry): Process[] => {
    if (!/^\d+$/.test(entry)) return [];
    let stat: string;
    try {
      stat = readFileSync(`/proc/${entry}/stat`, "utf8");
    } catch (error) {
      // Gone since it was listed.
      if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
      throw error;
    }
    // The second field is the name in parentheses, which may hold anything; fields are those of proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => Number(fields[number - 3]);
    return [
      {
        pid: Number(entry),
        parent: field(4),
        command: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
        waitedForSeconds: (field(16) + field(17)) / ticksPerSecond,
        cpuSeconds: (field(14) + field(15) + field(16) + field(17)) / ticksPerSecond,
        memoryBytes: field(24) * pageBytes,
      },
    ];
  });
}

/** CPU time and memory of a part of what makes a deployment. */
export interface Share {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What a deployment takes on this machine, by who takes it. */
export interface Cost {
  /**
   * The engine, the program, the plugins and the commands that these run: descendants of this process. CPU time is
   * also that of those which have ended.
   */
  readonly engine: Share;
  /**
   * Docker: `dockerd`, `containerd`, a `containerd-shim` a container, and all they have waited for, runc and
   * what was run in containers by `docker exec` among it.
   */
  readonly docker: Share;
}

/** Reads what is taken now. Docker's share is that of all of the machine's containers: a difference tells one's own. */
export function readCost(): Cost {
  const all = processes();
  const children = new Map<number, Process[]>();
  for (const one of all) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  const below = (pid: number): Process[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  const engine = sum(below(process.pid));
  const ended = all.find(({ pid }) => pid === process.pid)?.waitedForSeconds ?? 0;
  return {
    engine: { ...engine, cpuSeconds: engine.cpuSeconds + ended },
    docker: sum(
      all.filter(({ command }) => /^(dockerd|containerd|docker-proxy|containerd-shim.*)$/.test(command)),
    ),
  };
}

/** Does `work`, and tells the most memory of the engine's processes meanwhile, bytes; they are looked at every half second. */
export async function withEngineMemory<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly memoryBytes: number }> {
  let memoryBytes = 0;
  const timer = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, readCost().engine.memoryBytes);
  }, 500);
  try {
    const result = await work();
    return { result, memoryBytes };
  } finally {
    clearInterval(timer);
  }
}

function sum(of: readonly Process[]): Share {
  return {
    cpuSeconds: of.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0),
    memoryBytes: of.reduce((total, { memoryBytes }) => total + memoryBytes, 0),
  };
}

/** What took more between two readings; memory may have become less. */
export function increase(before: Cost, after: Cost): Cost {
  const share = (key: keyof Cost): Share => ({
    cpuSeconds: after[key].cpuSeconds - before[key].cpuSeconds,
    memoryBytes: after[key].memoryBytes - before[key].memoryBytes,
  });
  return { engine: share("engine"), docker: share("docker") };
}

/** Mean of what a container takes, by kind: gateways, and the rest of the hosts but for brokers. */
export async function meanOfContainers(
  { containers }: Pick<Bench, "containers">,
  deployed: readonly Pick<Container, "name">[],
): Promise<{ readonly gateway: Share; readonly host: Share }> {
  const mean = async (suffix: string): Promise<Share> => {
    const names = deployed.map(({ name }) => name).filter((name) => name.endsWith(suffix));
    if (names.length === 0) throw new Error(`no container's name ends with ${suffix}`);
    const samples = await Promise.all(names.map((name) => containers.usage(name)));
    const total = (value: (sample: (typeof samples)[number]) => number) =>
      samples.reduce((all, sample) => all + value(sample), 0) / samples.length;
    return {
      cpuSeconds: total(({ cpuSeconds }) => cpuSeconds),
      memoryBytes: total(({ memoryBytes }) => memoryBytes),
    };
  };
  return { gateway: await mean("-gateway"), host: await mean("-agents") };
}
