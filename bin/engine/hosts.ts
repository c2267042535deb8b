import type Docker from "dockerode";
import { notedHosts } from "../../components/target/hosts/note";
import { stackLabel } from "../../components/target/names";
import { enginesOf, openTunnels, type Engines } from "../../workloads/hosts/engines";
import type { Tunnel } from "../../workloads/hosts/tunnel";
import { Failure } from "../refusal";

/** An engine that a stack may have something on. */
export interface PlacedEngine {
  /** The host; absent: this machine. */
  readonly host?: string;
  readonly docker: Docker;
}

/** The engines that a stack may have something on: this machine's, and those of hosts that are noted for it. */
export class StackEngines {
  readonly #tunnels = new Map<string, Tunnel>();

  /** @param root The project's root. @param local This machine's engine. */
  constructor(
    private readonly root: string,
    private readonly stack: string,
    private readonly local: Docker,
  ) {}

  /** All of them, this machine's first. Errors: {@link Failure}: a host can't be reached, with what to do about it. */
  async all(): Promise<PlacedEngine[]> {
    await this.#open();
    const { hosts } = enginesOf(this.#tunnels, {}, this.local);
    return [{ docker: this.local }, ...[...hosts].map(([host, docker]) => ({ host, docker }))];
  }

  /** The same, by the stack's containers as they are now. */
  async byContainer(): Promise<Pick<Engines, "of" | "containers">> {
    const all = await this.all();
    const hostOf: Record<string, string> = {};
    for (const { host, docker } of all) {
      if (host === undefined) continue;
      const filters = { label: [`${stackLabel}=${this.stack}`] };
      for (const { Names } of await docker.listContainers({ all: true, filters }))
        for (const name of Names) hostOf[name.replace(/^\//, "")] = host;
    }
    return enginesOf(this.#tunnels, hostOf, this.local);
  }

  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.close();
    this.#tunnels.clear();
  }

  async #open(): Promise<void> {
    for (const [name, tunnel] of this.#tunnels)
      if (tunnel.broken() !== undefined) {
        tunnel.close();
        this.#tunnels.delete(name);
      }
    const wanted = Object.entries(notedHosts(this.root, this.stack)).flatMap(([name, { ssh }]) =>
      this.#tunnels.has(name) ? [] : [[name, ssh] as const],
    );
    if (wanted.length === 0) return;
    const { tunnels, lost } = await openTunnels(Object.fromEntries(wanted));
    for (const [name, tunnel] of tunnels) this.#tunnels.set(name, tunnel);
    if (lost.size === 0) return;
    const names = [...lost.keys()];
    throw new Failure(
      [
        `${this.stack} has something on ${names.length > 1 ? "hosts that can't be reached" : "a host that can't be reached"}:`,
        ...[...lost].map(([name, why]) => `  ${name}: ${why}`),
        `Once ${names.length > 1 ? "they are" : "it is"} back, the same command goes on from here. What is gone for good is forgotten by \`--lost ${names.join(" --lost ")}\`: nothing is removed there.`,
      ].join("\n"),
    );
  }
}
