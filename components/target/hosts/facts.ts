import { createHash } from "crypto";
import { readFileSync } from "fs";
import { join } from "path";
import { quote } from "shlex";
import { z } from "zod";
import type { SshDestination } from "../../../workloads/hosts/destination";
import { HostError, runOnHost } from "../../../workloads/hosts/run";
import { inParallel } from "../../../workloads/links/parallel";
import { isIpv4 } from "../machines/inventory/host";

/** Whether something is so, where it can be found out without trying. */
export type Known = "yes" | "no" | "unknown";

const dockerNetwork = z.object({
  Name: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() }).nullish(),
});
export type DockerNetwork = z.infer<typeof dockerNetwork>;

/** A host's Docker Engine: what it has, or why it can't be used. */
export type FoundEngine =
  | { readonly state: "missing" }
  | { readonly state: "refused"; readonly why: string }
  | {
      readonly state: "runs";
      readonly version: string;
      /** Its own; hosts that were copied from one image have the same. */
      readonly id: string;
      /** Tells engines apart, copied or not, and stays when the host starts anew. */
      readonly identity: string;
      readonly freeBytes: number;
      readonly networks: readonly DockerNetwork[];
      /** Containers that run, each with the stack that it is of, if it is of one. */
      readonly containers: readonly { readonly name: string; readonly stack?: string }[];
    };

/** What a host said of itself. */
export interface HostFacts {
  readonly kernel: string;
  /** As uname(1) has it: `x86_64`. */
  readonly machine: string;
  readonly system: string;
  /** os-release(5)'s ID and ID_LIKE. */
  readonly family: string;
  readonly user: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly load: number;
  readonly netem: Known;
  readonly vxlan: Known;
  readonly nfqueue: Known;
  /** Whether a time server keeps its clock. */
  readonly synchronised: Known;
  /** How far its clock seemed to be ahead of this machine's, seconds, to a few seconds. */
  readonly aheadSeconds: number;
  /** `a.b.c.d/n` with the interface that has it. */
  readonly addresses: readonly { readonly device: string; readonly prefix: string }[];
  /** The address that it has towards everywhere else; absent: it has no default route. */
  readonly defaultAddress?: string;
  /** Addresses that it must go on reaching: of who asks it, of its name servers. */
  readonly needed: readonly string[];
  /** Prefixes that its routing table has, without the default one, each with the device that leads there, if one does. */
  readonly routes: readonly { readonly device?: string; readonly prefix: string }[];
  /** Tells what runs at one time from what runs at another, or elsewhere: the kernel's own number, and the network it is in. */
  readonly running: string;
  readonly udpPorts: readonly number[];
  readonly logins: readonly string[];
  readonly docker: FoundEngine;
}

/** How a host reaches another. */
export interface PeerFacts {
  /** The other's address. */
  readonly address: string;
  /** Longest packet of the interface on the way out; absent: there is no way. */
  readonly mtu?: number;
  /** The address that it has on that interface. */
  readonly source?: string;
  readonly answers: Known;
}

/** Hosts that are asked at one time. */
const asksAtATime = 16;
const timeoutMs = 60_000;

const script = (name: string) => readFileSync(join(__dirname, name), "utf8");

export interface AskedHost {
  readonly name: string;
  readonly ssh: SshDestination;
}

/**
 * Asks hosts what they are, at one time many; the first one alone, so that all others find a connection to the hosts on the way.
 * @returns By host, what it said, or why it did not.
 */
export async function askHosts(hosts: readonly AskedHost[]): Promise<Map<string, HostFacts | HostError>> {
  const probe = script("probe-host");
  const found = new Map<string, HostFacts | HostError>();
  const ask = async ({ name, ssh }: AskedHost): Promise<void> => {
    try {
      const began = Date.now();
      const text = await runOnHost(ssh, "sh -s", { input: probe, timeoutMs });
      found.set(name, parseHostFacts(text, (began + Date.now()) / 2000));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      found.set(name, error);
    }
  };
  const [first, ...others] = hosts;
  if (first) await ask(first);
  await inParallel(others, asksAtATime, ask);
  return found;
}

/**
 * Asks hosts how they reach each other. @param peers Addresses of others, by host.
 * Errors: {@link HostError}: a host does not answer any more.
 */
export async function askPeers(
  hosts: readonly AskedHost[],
  peers: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, PeerFacts[]>> {
  const probe = script("probe-peers");
  const found = new Map<string, PeerFacts[]>();
  await inParallel(hosts, asksAtATime, async ({ name, ssh }) => {
    const addresses = peers.get(name) ?? [];
    if (addresses.length === 0) return;
    const command = `sh -s -- ${addresses.map(quote).join(" ")}`;
    found.set(name, parsePeerFacts(await runOnHost(ssh, command, { input: probe, timeoutMs })));
  });
  return found;
}

/** Reads what `probe-host` says. @param now Unix time, seconds, at which it was asked. */
export function parseHostFacts(text: string, now: number): HostFacts {
  const lines = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const tab = line.indexOf("\t");
    // What a host's own login files print is no answer.
    if (tab < 0) continue;
    const word = line.slice(0, tab);
    lines.set(word, [...(lines.get(word) ?? []), line.slice(tab + 1)]);
  }
  const all = (word: string) => lines.get(word) ?? [];
  const one = (word: string) => all(word)[0]?.trim() ?? "";
  const known = (word: string): Known => {
    const said = one(word);
    return said === "yes" || said === "no" ? said : "unknown";
  };
  const defaultAddress = one("default");
  return {
    kernel: one("kernel"),
    machine: one("machine"),
    system: one("system"),
    family: one("family"),
    user: one("user"),
    cores: Number(one("cores")) || 0,
    memoryBytes: 1024 * Number(one("memory")),
    load: Number(one("load")),
    netem: known("sch_netem"),
    vxlan: known("vxlan"),
    nfqueue: known("nfnetlink_queue"),
    synchronised: known("synchronised"),
    aheadSeconds: Math.round(Number(one("time")) - now),
    addresses: all("address").flatMap((line) => {
      const [device, prefix] = line.split(" ");
      return device !== undefined && prefix !== undefined ? [{ device, prefix }] : [];
    }),
    ...(isIpv4(defaultAddress) ? { defaultAddress } : {}),
    needed: [...new Set([...all("from"), ...all("nameserver")])].filter(isIpv4),
    routes: all("route").flatMap(routeOf),
    running: `${one("boot")} ${one("net")}`,
    udpPorts: all("port").map(Number),
    logins: all("login"),
    docker: engineOf(one("docker"), { one, all }),
  };
}

/** A line of ip-route(8): `10.0.0.0/24 via 192.0.2.1 dev eno1`, `10.0.0.1 dev eno1`, `blackhole 10.1.0.0/16`. */
function routeOf(line: string): HostFacts["routes"] {
  const found = /^(?:[a-z]+ )?(\d[\d.]*)(?:\/(\d+))?(?: |$)/.exec(line);
  const [, base = "", length = "32"] = found ?? [];
  if (!isIpv4(base) || Number(length) > 32) return [];
  const device = / dev (\S+)/.exec(line)?.[1];
  return [{ ...(device === undefined ? {} : { device }), prefix: `${base}/${length}` }];
}

function engineOf(
  said: string,
  { one, all }: { readonly one: (word: string) => string; readonly all: (word: string) => readonly string[] },
): FoundEngine {
  const [state, ...rest] = said.split(" ");
  if (state === "refused") return { state, why: rest.join(" ") };
  if (state !== "runs") return { state: "missing" };
  return {
    state,
    version: rest.join(" "),
    id: one("engine"),
    identity: identityOf([one("engine"), one("machine-id"), one("hardware")]),
    freeBytes: 1024 * Number(one("free")),
    networks: all("network").map((line) => dockerNetwork.parse(JSON.parse(line))),
    containers: all("container").map((line) => {
      const [name = "", stack] = line.split(" ");
      return { name, ...(stack ? { stack } : {}) };
    }),
  };
}

/** Not the words themselves: what tells a machine from all others is nobody's business. */
function identityOf(words: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 16);
}

/** Reads what `probe-peers` says. */
export function parsePeerFacts(text: string): PeerFacts[] {
  return text.split("\n").flatMap((line): PeerFacts[] => {
    const [address = "", mtu = "", source = "", answers = ""] = line.split("\t");
    if (!isIpv4(address)) return [];
    return [
      {
        address,
        ...(/^\d+$/.test(mtu) ? { mtu: Number(mtu) } : {}),
        ...(isIpv4(source) ? { source } : {}),
        answers: answers === "yes" || answers === "no" ? answers : "unknown",
      },
    ];
  });
}
