import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { strictEqual } from "assert";
import { stringify } from "yaml";
import { OpenstackCloud } from "./openstackCloud";

const root = resolve(__dirname, "../..");

/** A stack with a control plane at a core, and two computes at an edge 25 ms away, unless told otherwise. */
export class ControlPlaneStage {
  readonly #folder = mkdtempSync(join(tmpdir(), "buswide-control-plane-"));
  readonly #file: string;
  readonly runs: string;

  constructor(
    readonly stack: string,
    bus: object,
    /** What else its scenario has or has otherwise, and its control plane. */
    more: {
      readonly sites?: object;
      readonly links?: readonly object[];
      readonly controlPlane?: object;
      readonly workloads?: readonly object[];
      readonly metrics?: object;
    } = {},
  ) {
    this.#file = join(this.#folder, `Pulumi.${stack}.yaml`);
    this.runs = join(root, "runs", stack);
    const scenario = {
      sites: { core: {}, edge: {} },
      links: [{ between: ["core", "edge"], delay: "25ms" }],
      bus,
      ...more,
      controlPlane: { computes: { edge: 2 }, ...more.controlPlane },
    };
    writeFileSync(this.#file, stringify({ config: { "buswide:scenario": scenario } }));
  }

  buswide(command: string, ...parameters: string[]) {
    return execa("node", [join(root, "bin/buswide.js"), command, this.#file, ...parameters], {
      cwd: root,
      reject: false,
      all: true,
    });
  }

  /** Runs a command in a container of the stack. */
  async inContainer(service: string, ...command: string[]): Promise<string> {
    return (await execa("docker", ["exec", `buswide-${this.stack}-${service}`, ...command])).stdout;
  }

  /** How often a site's cache had what it was asked for. */
  async cacheHits(site: string): Promise<number> {
    const ask = "exec 3<>/dev/tcp/127.0.0.1/11211; printf 'stats\\r\\nquit\\r\\n' >&3; cat <&3";
    const said = await this.inContainer(`${site}-memcached`, "bash", "-c", ask);
    return Number(/^STAT get_hits (\d+)/m.exec(said)?.[1]);
  }

  /** The `clouds.yaml` that the stack gives out. */
  async clouds(): Promise<string> {
    const command = ["stack", "output", "clouds", "--show-secrets", "-s", this.stack];
    return (await execa("node", [join(root, "bin/pulumi.js"), ...command], { cwd: root })).stdout;
  }

  /** @param region A further one, by its name; default: the control plane's own. */
  async cloud(region?: string): Promise<OpenstackCloud> {
    const name = `buswide-${this.stack}`;
    return OpenstackCloud.connect(await this.clouds(), region === undefined ? name : `${name}-${region}`);
  }

  /** Names of the stack's containers and networks. */
  async leftovers(): Promise<string[]> {
    const label = `label=io.buswide.stack=${this.stack}`;
    const names = await Promise.all([
      execa("docker", ["ps", "-a", "--filter", label, "--format", "{{.Names}}"]),
      execa("docker", ["network", "ls", "--filter", label, "--format", "{{.Name}}"]),
    ]);
    return names.flatMap(({ stdout }) => stdout.split("\n").filter((name) => name !== ""));
  }

  async destroy(): Promise<void> {
    const { exitCode, all } = await this.buswide("destroy", "--keep-images");
    rmSync(this.#folder, { recursive: true, force: true });
    rmSync(this.runs, { recursive: true, force: true });
    strictEqual(exitCode, 0, all);
  }
}
