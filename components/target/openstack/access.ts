import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { join } from "shlex";
import { sshWords, type SshDestination } from "../../../workloads/hosts/destination";
import type { HostReach } from "../hosts/target";
import type { CloudInfrastructure } from "./infrastructure";
import { destinationOf, knownKeys } from "./destination";
import type { OpenstackTarget } from "./schema";

export interface CloudAccessArgs {
  stack: string;
  ssh: OpenstackTarget["ssh"];
  bastion: OpenstackTarget["bastion"];
}

/** Bare metal takes its time until it has booted, and packages come from far away. */
const readySeconds = 1800;

/** Hosts of a cloud as they can be reached by SSH: waits for each to have booted, and to have a Docker Engine. */
export class CloudAccess extends pulumi.ComponentResource {
  readonly hosts: ReadonlyMap<string, HostReach>;
  readonly #ready = new Map<string, command.local.Command>();

  constructor(
    name: string,
    args: CloudAccessArgs,
    infrastructure: CloudInfrastructure,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:openstack:Access", name, args, opts);
    const { bastion } = infrastructure;
    this.hosts = new Map(
      [...infrastructure.hosts].map(([host, { instance, address }]) => {
        const ssh = pulumi
          .all([address, bastion ? bastion.address : undefined])
          .apply(([at, by]) => destinationOf(args, host, at, by));
        const known = knownKeys(args.stack, host);
        const ready = new command.local.Command(
          `${name}-${host}`,
          {
            create: ssh.apply((destination) => awaitLine(destination, known)),
            // Once it was there it is not waited for again: what is asked of hosts later says what they lack.
            update: "true",
            delete: `rm -f ${known}`,
            triggers: [instance.id, ...(bastion ? [bastion.instance.id] : [])],
            // What a host that is gone had is found by this.
            environment: { BUSWIDE_HOST: host },
            logging: command.local.Logging.None,
            addPreviousOutputInEnv: false,
          },
          { parent: this, deleteBeforeReplace: true, ...(bastion ? { dependsOn: [bastion] } : {}) },
        );
        this.#ready.set(host, ready);
        return [host, { ssh, address, dependsOn: [ready], machine: instance }];
      }),
    );
    this.registerOutputs({});
  }

  /** Has each host told of, by its name, once it can be used. */
  tell(reached: (host: string, ssh: SshDestination) => void): void {
    if (pulumi.runtime.isDryRun()) return;
    for (const [host, ready] of this.#ready)
      pulumi.all([ready.id, this.hosts.get(host)?.ssh]).apply(([, ssh]) => ssh && reached(host, ssh));
  }
}

/** The line that waits for a host. It has connections of its own: none may be older than what the first boot gives its user. */
function awaitLine(destination: SshDestination, known: string): string {
  const words = sshWords(destination, true);
  // The shell is to read the place of the home directory.
  return `sh components/target/openstack/await-host ${readySeconds} ${known} ${join(words)}`;
}
