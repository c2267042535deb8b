import assert from "assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";
import { TestHosts } from "./hosts";

/** Nobody's: no host has it. */
const nobody = "10.251.77.250";

type Host = "alpha" | "beta";

/**
 * A stack on two hosts that are made for it, of which `beta` is reached by `alpha` alone, and what all forms of its tests assert.
 */
export class StackOnHosts {
  readonly names: readonly Host[] = ["alpha", "beta"];
  readonly latest: string;
  /** Where it is noted on which hosts the stack may have something. */
  readonly note: string;
  #folder = "";
  #hosts: TestHosts | undefined;

  constructor(readonly stack: string) {
    this.latest = join(projectRoot, "runs", stack, "latest");
    this.note = join(projectRoot, ".buswide", "stacks", `${stack}.hosts.json`);
  }

  /** Makes the hosts. Only root can. */
  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "buswide-"));
    this.#hosts = await TestHosts.start(this.names, { behind: { beta: "alpha" } });
  }

  async stop(): Promise<void> {
    if (this.#folder === "") return;
    if (this.#hosts) {
      await buswide(["destroy", this.stack, "--keep-images"]);
      await this.#hosts.stop();
    }
    rmSync(this.#folder, { recursive: true });
    rmSync(join(projectRoot, "runs", this.stack), { recursive: true, force: true });
  }

  get hosts(): TestHosts {
    return this.#hosts ?? assert.fail("there are no hosts yet");
  }

  get file(): string {
    return join(this.#folder, `Pulumi.${this.stack}.yaml`);
  }

  /** How people are told of the host that is `beta`. */
  get beta(): string {
    return `root@${this.hosts.address("beta")} by root@${this.hosts.address("alpha")}`;
  }

  get #jump(): string {
    return `, jump: root@${this.hosts.address("alpha")}`;
  }

  /**
   * A scenario's target: both hosts, of which `beta` is that of the edges where `sites` says nothing of them.
   * @param swapped Whether each name is the other host's; default: no.
   */
  target(sites = "core: alpha", swapped = false): string {
    const direct = `host: ${this.hosts.address("alpha")}`;
    const behind = `host: ${this.hosts.address("beta")}${this.#jump}`;
    const [alpha, beta] = swapped ? [behind, direct] : [direct, behind];
    return `target:
      kind: machines
      hosts:
        alpha: { ${alpha} }
        beta: { ${beta}, groups: [edge] }
      ssh: { user: root, identityFile: ${this.hosts.identityFile}, hostKeys: any }
      sites: { ${sites} }`;
  }

  results(): Results {
    return resultsSchema.parse(JSON.parse(readFileSync(join(this.latest, "results.json"), "utf8")));
  }

  containersOn(host: Host): Promise<string[]> {
    return containersOn(this.hosts, host);
  }

  /** Deploys the scenario as it is written, and measures it. Returns what was said meanwhile. */
  async up(...more: string[]): Promise<string> {
    const { code, stderr } = await buswide(["up", this.file, "--json", ...more]);
    assert.equal(code, 0, stderr);
    return stderr;
  }

  /**
   * A scenario in which `beta` can't be reached is refused by that name, and neither host has anything of it: where the address is
   * nobody's, and where it does not say that `alpha` is on the way.
   */
  async assertRefusedUnreached(scenario: string): Promise<void> {
    const beta = this.hosts.address("beta");
    for (const [unreached, said] of [
      [scenario.replace(beta, nobody), this.beta.replace(beta, nobody)],
      [scenario.replace(this.#jump, ""), `root@${beta}: root@${beta}: Permission denied`],
    ] as const) {
      writeFileSync(this.file, unreached);
      const { code, stderr } = await buswide(["up", this.file]);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(`target.hosts.beta: no connection to ${said}`), stderr);
      for (const host of this.names) assert.deepEqual(await this.containersOn(host), []);
    }
    writeFileSync(this.file, scenario);
  }

  /** Each host has the containers of its sites' services, and no others. */
  async assertPlaced(
    services: Readonly<Record<Host, Readonly<Record<string, readonly string[]>>>>,
  ): Promise<void> {
    for (const host of this.names)
      assert.deepEqual(
        await this.containersOn(host),
        Object.entries(services[host]).flatMap(([site, ofSite]) =>
          ofSite.map((service) => `buswide-${this.stack}-${site}-${service}`),
        ),
        host,
      );
  }

  /**
   * The newest run is complete, its links are as asked, and where its hosts were and how their clocks are is known.
   * @param rtts Milliseconds, by link.
   */
  assertMeasured(rtts: Readonly<Record<string, number>>): void {
    const { status, failure, links, provenance } = this.results();
    assert.equal(status, "complete", failure);
    assert.deepEqual(links.map(({ name }) => name).sort(), Object.keys(rtts).sort());
    for (const { name, deviations, before } of links) {
      assert.deepEqual(deviations, [], name);
      const median = before?.rttMs.median ?? NaN;
      assert.ok(Math.abs(median - (rtts[name] ?? NaN)) < 2, `${name}: ${median} ms`);
    }
    assert.deepEqual(Object.keys(provenance.hosts ?? {}).sort(), this.names);
    assert.deepEqual([...new Set(Object.values(provenance.serviceHosts ?? {}))].sort(), this.names);
    assert.equal(provenance.clockShared, false);
    // They are this machine's, so that they can't be apart; whether that is known well enough is what was measured.
    const { clocks } = provenance;
    assert.ok(clocks && clocks.apartMs < 25 && clocks.after, JSON.stringify(clocks));
  }

  /** The newest run's first workload is that many calls over a link of 25 ms: all are answered, and what they take is read on every host. */
  assertCallsAnswered(count: number): void {
    const { workloads, links } = this.results();
    const [call] = workloads;
    assert.deepEqual([call?.sent, call?.received, call?.lost], [count, count, 0]);
    const median = call?.latencyMs?.p50 ?? NaN;
    assert.ok(median > 50 && median < 80, `${median} ms`);
    const services = call?.services ?? [];
    for (const { service, memoryBytesMax } of services) assert.ok(memoryBytesMax > 0, service);
    const read = new Set(services.map(({ service }) => service.split("/")[0]));
    assert.deepEqual([...read].sort(), [...new Set(links.flatMap(({ between }) => between))].sort());
    assert.ok((call?.wan?.bytes ?? 0) > 0, "what the links carried was not read");
  }

  /** Once the stack is removed, these hosts are as they were found, and nobody remembers that it had something there. */
  async assertLeftAsFound(hosts: readonly Host[]): Promise<void> {
    const { code, stderr } = await buswide(["destroy", this.stack]);
    assert.equal(code, 0, stderr);
    for (const host of hosts) await assertAsMade(this.hosts, host);
    assert.ok(!existsSync(this.note));
  }
}

/** The names of a host's containers, in their order. */
export async function containersOn(hosts: TestHosts, host: string): Promise<string[]> {
  const names = await hosts.run(host, "docker ps --all --format '{{.Names}}'");
  return names.split("\n").filter(Boolean).sort();
}

/** A host's engine has nothing but what any engine has. */
export async function assertAsMade(hosts: TestHosts, host: string): Promise<void> {
  assert.deepEqual(await containersOn(hosts, host), [], host);
  const left = await hosts.run(
    host,
    "docker network ls --format '{{.Name}}' | sort; docker image ls --quiet; docker volume ls --quiet",
  );
  assert.deepEqual(left.split("\n"), ["bridge", "host", "none"], host);
}
