import type { SshDestination } from "../../../workloads/hosts/destination";
import { jumpOf } from "../machines/hosts";
import type { OpenstackTarget } from "./schema";

/** The file with the keys of a host and of the bastion, as the OpenSSH client has it. */
export function knownKeys(stack: string, host: string): string {
  return `~/.ssh/buswide-${stack}-${host}.known`;
}

/**
 * The way to a host. Instances are new, and nobody has seen their keys: the first one that is shown counts, and is kept as long as
 * the instance is.
 * @param address Where the bastion reaches it. @param bastionAddress Where a bastion that is made is reached.
 */
export function destinationOf(
  { stack, ssh, bastion }: { readonly stack: string } & Pick<OpenstackTarget, "ssh" | "bastion">,
  host: string,
  address: string,
  bastionAddress: string | undefined,
): SshDestination {
  const jump = bastion.host === undefined ? undefined : jumpOf(bastion.host);
  return {
    host: address,
    user: ssh.user,
    ...(ssh.identityFile === undefined ? {} : { identityFile: ssh.identityFile }),
    jump: [jump ?? { host: bastionAddress ?? "", user: ssh.user }],
    options: [
      "StrictHostKeyChecking=accept-new",
      // Of a bastion that exists a person may have seen the key; what others had at these addresses before is of no account.
      `UserKnownHostsFile=${knownKeys(stack, host)}${jump ? " ~/.ssh/known_hosts" : ""}`,
    ],
  };
}
