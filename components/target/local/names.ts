/** Label of every network and container of a stack; its value is the stack's name. */
export const stackLabel = "io.buswide.stack";
/** Label of every container; its value is `<site>/<service>`. */
export const serviceLabel = "io.buswide.service";
/** Label of every image: all inherit it from the base image, value and all, so only its presence says anything. */
export const imageLabel = "io.buswide.image";

/** The Docker name of what is called `name` in a stack: `<site>-<service>` of a container. */
export function dockerName(stack: string, name: string): string {
  return `buswide-${stack}-${name}`;
}

/** The Docker name of a service's container. */
export function containerName(stack: string, site: string, service: string): string {
  return dockerName(stack, `${site}-${service}`);
}

/** The Docker name of a network, from its resource's name. */
export function networkName(stack: string, resource: string): string {
  return dockerName(stack, resource);
}

/** The site whose network has a Docker name; undefined: it is not that of a site of the stack. */
export function siteOfNetwork(stack: string, name: string): string | undefined {
  const [start, end] = [networkName(stack, ""), "-network"];
  if (!name.startsWith(start) || !name.endsWith(end)) return undefined;
  return name.slice(start.length, -end.length) || undefined;
}

/**
 * Options of every network. Nothing in a site may reach the machine's own networks, so nothing has to be given the
 * machine's address on the way out. Where the kernel shows bridged packets to iptables, that would happen between
 * sites as well, to all that does not come from a service: what gateways send from their address inside the site.
 */
export const bridgeOptions = { "com.docker.network.bridge.enable_ip_masquerade": "false" };
