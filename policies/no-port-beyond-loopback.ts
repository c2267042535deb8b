import * as docker from "@pulumi/docker";
import { validateResourceOfType, type ResourceValidationPolicy } from "@pulumi/policy";
import { tunnelPort } from "../components/target/hosts/tunnel";
import { serviceLabel } from "../components/target/names";
import { known } from "./known";

/**
 * A broker with a password in a file is no service for the machine's neighbours. What gateways on several hosts tell each other goes
 * by a port of each host, at which they take nothing but from each other's hosts.
 */
export const noPortBeyondLoopback: ResourceValidationPolicy = {
  name: "no-port-beyond-loopback",
  displayName: "No port beyond loopback",
  description:
    "No container's port can be reached from outside its host, but a gateway's tunnel, at one address of the host.",
  remediationSteps: "Publish no port at all, or on 127.0.0.1: sites reach each other over the WAN.",
  enforcementLevel: "mandatory",
  validateResource: validateResourceOfType(docker.Container, (container, args, report) => {
    if (known(() => container.publishAllPorts))
      report(
        `the container ${args.name} publishes every port of its image on all addresses: take publishAllPorts out`,
      );
    const labels = known(() => container.labels) ?? [];
    const gateway = labels.some(({ label, value }) => label === serviceLabel && value.endsWith("/gateway"));
    for (const { internal, ip, protocol } of known(() => container.ports) ?? [])
      if (!isLoopback(ip) && !(gateway && isTunnel({ internal, ip, protocol })))
        report(
          `the container ${args.name} publishes its port ${internal} on ${ip === undefined || ip === "" ? "all addresses" : ip}: take it out, or set ip to 127.0.0.1`,
        );
  }),
};

/** Whether a port is that of a gateway's tunnel, and published at an address of its own. */
function isTunnel(port: {
  readonly internal: number;
  readonly ip?: string | undefined;
  readonly protocol?: string | undefined;
}): boolean {
  const one = port.ip !== undefined && port.ip !== "" && port.ip !== "0.0.0.0" && port.ip !== "::";
  return one && port.internal === tunnelPort && port.protocol === "udp";
}

/** RFC 1122, 3.2.1.3 (g), and RFC 4291, 2.5.3. */
function isLoopback(ip: string | undefined): boolean {
  return ip !== undefined && (/^127(\.\d{1,3}){3}$/.test(ip) || ip === "::1");
}
