import type { SshDestination } from "../../../workloads/hosts/destination";
import type { InventoryHost } from "./inventory";
import type { MachinesTarget } from "./schema";

/** A host of a scenario, from wherever it was told of. */
export interface MachineHost {
  readonly name: string;
  readonly ssh: SshDestination;
  /** Where other hosts reach it, if the scenario or its inventory says so. */
  readonly address?: string;
  readonly groups: readonly string[];
}

const keyOptions: Readonly<Record<MachinesTarget["ssh"]["hostKeys"], readonly string[]>> = {
  known: [],
  new: ["StrictHostKeyChecking=accept-new"],
  any: ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
};

/** Every host that a scenario has, those of its inventory first, in their order. */
export function machineHosts({
  hosts,
  inventory,
  ssh,
}: Pick<MachinesTarget, "hosts" | "inventory" | "ssh">): MachineHost[] {
  const told = new Map<string, InventoryHost>(
    (inventory?.hosts ?? []).map((host) => [host.name, host] as const),
  );
  const names = [...new Set([...told.keys(), ...Object.keys(hosts)])];
  return names.map((name) => {
    const [own, from] = [hosts[name] ?? {}, told.get(name)];
    const [user, port, identityFile, jump, address] = [
      own.user ?? from?.user ?? ssh.user,
      own.port ?? from?.port ?? ssh.port,
      own.identityFile ?? from?.identityFile ?? ssh.identityFile,
      own.jump ?? from?.jump ?? ssh.jump ?? [],
      own.address ?? from?.address,
    ];
    const options = [...(from?.options ?? []), ...keyOptions[ssh.hostKeys]];
    return {
      name,
      ssh: {
        host: own.host ?? from?.host ?? name,
        ...(user === undefined ? {} : { user }),
        ...(port === undefined ? {} : { port }),
        ...(identityFile === undefined ? {} : { identityFile }),
        ...(jump.length === 0 ? {} : { jump: jump.map(jumpOf) }),
        ...(options.length === 0 ? {} : { options }),
      },
      ...(address === undefined ? {} : { address }),
      groups: [...new Set([...(own.groups ?? []), ...(from?.groups ?? [])])],
    };
  });
}

/** A host that is passed on the way, from `user@host:port`. */
export function jumpOf(text: string): NonNullable<SshDestination["jump"]>[number] {
  const [, user, host = text, port] = /^(?:(.+)@)?([^@:]+)(?::(\d+))?$/.exec(text) ?? [];
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}
