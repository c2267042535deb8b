import * as docker from "@pulumi/docker";
import { validateResourceOfType, type ResourceValidationPolicy } from "@pulumi/policy";
import { serviceLabel } from "../components/target/names";
import { known } from "./known";

type Container = docker.ContainerArgs;

const engineSocket = /(^|\/)(docker|containerd|podman)\.sock$/;

/** Where the kernel counts what containers use: of version 2 in one place, of version 1 in these. */
const controlGroups: readonly string[] = [
  "/sys/fs/cgroup",
  "/sys/fs/cgroup/cpuacct",
  "/sys/fs/cgroup/memory",
];

/** A gateway makes routes and queues of its own network; nothing else in an experiment needs a right. */
export const onlyGatewaysArePrivileged: ResourceValidationPolicy = {
  name: "only-gateways-are-privileged",
  displayName: "Only gateways are privileged",
  description:
    "Gateways may administer their own network, and read what the host's containers use, and no more; no other container has any privilege, or anything of the host's.",
  remediationSteps: "Take the privilege out: what needs the network changed is the gateway's to do.",
  enforcementLevel: "mandatory",
  validateResource: validateResourceOfType(docker.Container, (container, args, report) => {
    const labels = known(() => container.labels) ?? [];
    const gateway = labels.some(({ label, value }) => label === serviceLabel && value.endsWith("/gateway"));
    const allowed = gateway ? ["NET_ADMIN"] : [];
    for (const capability of known(() => container.capabilities?.adds) ?? [])
      if (!allowed.includes(capability.toUpperCase().replace(/^CAP_/, "")))
        report(
          `the container ${args.name} adds the capability ${capability}: ${gateway ? "a gateway has NET_ADMIN alone" : "only gateways have one, NET_ADMIN"}; take it out`,
        );
    if (known(() => container.privileged))
      report(`the container ${args.name} is privileged: take privileged out`);
    for (const { what, mode } of sharedWithHost(container))
      report(`the container ${args.name} has the host's ${what} (${mode}): give it its own`);
    for (const { path, readOnly } of mountedPaths(container)) {
      if (engineSocket.test(path))
        report(`the container ${args.name} is given the engine's socket ${path}: take the mount out`);
      else if (!gateway || !controlGroups.includes(path))
        report(
          `the container ${args.name} is given the host's ${path}: ${gateway ? `a gateway has ${controlGroups.join(", ")} alone` : "nobody but gateways has anything of the host's"}; take the mount out`,
        );
      else if (!readOnly)
        report(`the container ${args.name} may change the host's ${path}: make the mount readOnly`);
    }
    for (const { hostPath } of known(() => container.devices) ?? [])
      report(`the container ${args.name} is given the device ${hostPath}: take it out`);
    for (const option of known(() => container.securityOpts) ?? [])
      if (/unconfined|label[:=]disable/.test(option))
        report(`the container ${args.name} is not confined (${option}): take the option out`);
  }),
};

/** Namespaces of the host or of another container that a container joins. */
function sharedWithHost(container: Plain<Container>): { what: string; mode: string }[] {
  const modes = [
    { what: "network", mode: known(() => container.networkMode) },
    { what: "processes", mode: known(() => container.pidMode) },
    { what: "shared memory", mode: known(() => container.ipcMode) },
    { what: "users", mode: known(() => container.usernsMode) },
  ];
  return modes.flatMap(({ what, mode }) => (mode === "host" ? [{ what, mode }] : []));
}

/** What of the host is mounted, from where; by what a container's own place for it is called, too, if that is a socket's. */
function mountedPaths(container: Plain<Container>): { path: string; readOnly: boolean }[] {
  const volumes = known(() => container.volumes) ?? [];
  const mounts = known(() => container.mounts) ?? [];
  const all = [
    ...volumes.map(({ hostPath, containerPath, readOnly }) => ({
      from: hostPath,
      to: containerPath,
      readOnly,
    })),
    ...mounts.map(({ type, source, target, readOnly }) => ({
      from: type === "bind" ? source : undefined,
      to: target,
      readOnly,
    })),
  ];
  return all.flatMap(({ from, to, readOnly = false }) => {
    const path = to !== undefined && engineSocket.test(to) ? to : from;
    return path === undefined ? [] : [{ path, readOnly }];
  });
}

/** A resource's inputs once they are resolved. */
type Plain<T> = Parameters<Parameters<typeof validateResourceOfType<docker.Container, T>>[1]>[0];
