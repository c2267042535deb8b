import { z } from "zod";
import { containerName, networkName } from "../../components/target/names";
import type { Plan } from "../../components/plan/plan";
import type { Impairment } from "../../workloads/results/schema";
import type { MeasurementInput } from "../../workloads/runner/input";
import type { Bench } from "../benchmark";
import { stackName } from "./stack";

type Link = MeasurementInput["links"][number];

const perfect: Impairment = { delayMs: 0, jitterMs: 0, lossPercent: 0 };

const statusShape = z.object({
  emulator: z.enum(["netem", "nfqueue"]),
  kernel: z.object({ netem: z.boolean() }),
});
const commandsShape = z.object({ commands: z.array(z.string()) });

/** Where a program listens, or from where it sends. */
export interface End {
  readonly container: string;
  readonly address: string;
}

/** Two gateways with a link between them, which is set as the product sets it. */
export class Gateways {
  private constructor(
    private readonly bench: Bench,
    private readonly between: readonly [string, string],
    readonly ends: readonly [End, End],
    /** What emulates the links, as the gateway says. */
    readonly emulator: "netem" | "nfqueue",
    /** Whether the kernel has netem. */
    readonly kernelHasNetem: boolean,
    readonly image: string,
  ) {}

  static async of(bench: Bench, plan: Plan, between: readonly [string, string]): Promise<Gateways> {
    const end = (name: string): End => {
      const site = plan.sites.find((candidate) => candidate.name === name);
      if (!site) throw new Error(`the plan has no site ${name}`);
      return { container: containerName(stackName, name, "gateway"), address: site.wanAddress };
    };
    const ends = [end(between[0]), end(between[1])] as const;
    const status = await tell(bench, ends[0].container, ["gateway", "status"]);
    const { emulator, kernel } = statusShape.parse(JSON.parse(status));
    const { Image } = await bench.docker.getContainer(ends[0].container).inspect();
    return new Gateways(bench, between, ends, emulator, kernel.netem, Image);
  }

  /** The network that the gateways share. */
  get wan(): string {
    return networkName(stackName, "wan");
  }

  /** The networks of the two sites. */
  get siteNetworks(): readonly [string, string] {
    const [a, b] = this.between;
    return [networkName(stackName, `${a}-network`), networkName(stackName, `${b}-network`)];
  }

  /** What `measureLinks` has to know, links apart. */
  get input(): Pick<MeasurementInput, "sites" | "clockShared"> {
    const sites = this.between.map((name, index) => {
      const { container, address } = this.ends[index === 0 ? 0 : 1];
      return { name, gateway: { container, wanAddress: address } };
    });
    return { sites, clockShared: true };
  }

  /** The link as `there` and `back` ask for it. */
  link(there: Partial<Impairment>, back = there): Link {
    const [a, b] = this.between;
    return {
      name: `${a}--${b}`,
      between: [a, b],
      there: { ...perfect, ...there },
      back: { ...perfect, ...back },
    };
  }

  /** Sets both directions of the link, and returns it. */
  async set(there: Partial<Impairment>, back = there): Promise<Link> {
    const link = this.link(there, back);
    const set = (from: 0 | 1, impairment: Impairment) =>
      tell(
        this.bench,
        this.ends[from].container,
        ["gateway", "class", "set", this.between[from === 0 ? 1 : 0]],
        this.#asked(from, impairment),
      );
    await Promise.all([set(0, link.there), set(1, link.back)]);
    return link;
  }

  /** The commands that netem would be given for a direction of the link, on whatever kernel. */
  async renderForNetem(impairment: Partial<Impairment>): Promise<readonly string[]> {
    const text = await tell(
      this.bench,
      this.ends[0].container,
      ["gateway", "class", "render", "netem"],
      this.#asked(0, { ...perfect, ...impairment }),
    );
    return commandsShape.parse(JSON.parse(text)).commands;
  }

  /** A table of numbers in units of a standard deviation that netem draws jitter from, sorted. */
  async netemTable(distribution: string): Promise<readonly number[]> {
    const script = `cat /usr/lib/*/tc/${distribution}.dist`;
    const text = await tell(this.bench, this.ends[0].container, ["sh", "-c", script]);
    // Its format is that of iproute2's: comments, and 4,096 integers in 1/8192 of a standard deviation (tc-netem's).
    const words = text.split("\n").flatMap((line) => (line.startsWith("#") ? [] : line.trim().split(/\s+/)));
    const table = words.filter((word) => word !== "").map((word) => Number(word) / 8192);
    if (table.length < 1000 || table.some(Number.isNaN))
      throw new Error(`netem's table ${distribution} is of no known shape: ${table.length} numbers`);
    return table.sort((a, b) => a - b);
  }

  /** Does `work` while packets pass both gateways as before, but past the emulator. */
  async withoutEmulation<T>(work: () => Promise<T>): Promise<T> {
    const rule = (action: "-I" | "-D") =>
      Promise.all(
        this.ends.map(({ container }) =>
          tell(this.bench, container, [
            ...["iptables", "-w", "5", "-t", "mangle", action, "POSTROUTING", "-j", "ACCEPT"],
          ]),
        ),
      );
    await rule("-I");
    try {
      return await work();
    } finally {
      await rule("-D");
    }
  }

  #asked(from: 0 | 1, impairment: Impairment): string {
    return JSON.stringify({ nextHop: this.ends[from === 0 ? 1 : 0].address, ...impairment, seed: 1 });
  }

  /** CPU time that the emulators of both gateways have used, seconds; undefined where there is no such process. */
  async emulatorCpuSeconds(): Promise<number | undefined> {
    const readings = await Promise.all(
      this.ends.map(({ container }) =>
        // A process's name is cut at 15 characters, proc(5).
        tell(this.bench, container, [
          "sh",
          "-c",
          "cat $(grep -lx buswide-emulato /proc/[0-9]*/comm | sed s/comm/stat/) </dev/null",
        ]),
      ),
    );
    const ticks = readings.flatMap((text) =>
      text.split("\n").flatMap((line) => {
        // After the name in parentheses: user and system time are the 14th and 15th field of all.
        const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
        return fields.length > 13 ? [Number(fields[11]) + Number(fields[12])] : [];
      }),
    );
    // Ticks are hundredths of a second on every architecture that Linux tells them for.
    return ticks.length === 0 ? undefined : ticks.reduce((sum, value) => sum + value, 0) / 100;
  }
}

/** What a command in a container prints. Errors: it fails. */
export async function tell(
  { containers }: Bench,
  container: string,
  command: readonly string[],
  stdin = "",
): Promise<string> {
  const result = await containers.exec(container, command, { stdin });
  if (result.exitCode !== 0) throw new Error(`${container}: ${command.join(" ")}: ${result.stderr.trim()}`);
  return result.stdout;
}
