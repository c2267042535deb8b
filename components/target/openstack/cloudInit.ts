import { stringify } from "yaml";

/**
 * What an instance does at its first boot, as cloud-init's user data: installs a Docker Engine and what else a host needs from the
 * packages of its distribution, and lets its user use the engine. The rest is what the image brings.
 * Ubuntu has netem in a package that goes with the kernel; elsewhere there is no such package, and nothing is missing without.
 */
export function hostUserData(user: string, packages: readonly string[]): string {
  return cloudConfig({
    package_update: true,
    // An empty list is none to cloud-init.
    ...(packages.length === 0 ? {} : { packages: [...packages] }),
    runcmd: [
      ["usermod", "-aG", "docker", user],
      "modprobe -n -q sch_netem || apt-get install -y linux-modules-extra-$(uname -r) || true",
      ["systemctl", "enable", "--now", "docker"],
    ],
  });
}

/** The bastion passes connections on, and logs nobody else in than who has the key. */
export function bastionUserData(): string {
  return cloudConfig({ ssh_pwauth: false, disable_root: true });
}

function cloudConfig(value: object): string {
  return `#cloud-config\n${stringify(value, { lineWidth: 0 })}`;
}
