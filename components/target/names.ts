import { createHash } from "crypto";

/** Label of every network and container of a stack; its value is the stack's name. */
export const stackLabel = "io.buswide.stack";
/** Label of every container; its value is `<site>/<service>`. */
export const serviceLabel = "io.buswide.service";
/** Label of every image: all inherit it from the base image, value and all, so only its presence says anything. */
export const imageLabel = "io.buswide.image";

/** Label of a host's underlay; its value is the prefix of the WAN, which is no network of any engine. */
export const wanLabel = "io.buswide.wan";

/**
 * Label of every network and container on a host; its value tells the host's engine from all others. A change of it makes them anew:
 * the engine that is asked to make something is no reason to by itself.
 */
export const engineLabel = "io.buswide.engine";

/** Where a host's engine has a second name for each image of somebody else's that buswide gave it: it had none of that name before. */
export const sentRepository = "buswide/sent";

/** The second name of an image that is asked for by `reference`, however much of that is written out. */
export function sentMark(reference: string): string {
  const short = reference.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
  const whole = /[:@][^/]*$/.test(short) ? short : `${short}:latest`;
  return `${sentRepository}:${createHash("sha256").update(whole).digest("hex").slice(0, 16)}`;
}

/** Where images are kept packed while hosts are given them, from the project's root. */
export const packedImages = ".buswide/images";

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

/**
 * The Docker name of a host's underlay. It comes before those of all sites' networks: of a container's networks, engines publish ports
 * by the one whose name is the first.
 */
export function underlayNetworkName(stack: string, host: string): string {
  return dockerName(stack, `-${host}-underlay`);
}

/** The host whose underlay has a Docker name; undefined: it is none of the stack. */
export function hostOfUnderlayNetwork(stack: string, name: string): string | undefined {
  const [start, end] = [dockerName(stack, "-"), "-underlay"];
  return name.startsWith(start) && name.endsWith(end) ? name.slice(start.length, -end.length) : undefined;
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
