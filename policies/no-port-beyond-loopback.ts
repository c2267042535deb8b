import * as docker from "@pulumi/docker";
import { validateResourceOfType, type ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./known";

/** A broker with a password in a file is no service for the machine's neighbours. */
export const noPortBeyondLoopback: ResourceValidationPolicy = {
  name: "no-port-beyond-loopback",
  displayName: "No port beyond loopback",
  description: "No container's port can be reached from outside this machine.",
  remediationSteps: "Publish no port at all, or on 127.0.0.1: sites reach each other over the WAN.",
  enforcementLevel: "mandatory",
  validateResource: validateResourceOfType(docker.Container, (container, args, report) => {
    if (known(() => container.publishAllPorts))
      report(
        `the container ${args.name} publishes every port of its image on all addresses: take publishAllPorts out`,
      );
    for (const { internal, ip } of known(() => container.ports) ?? [])
      if (!isLoopback(ip))
        report(
          `the container ${args.name} publishes its port ${internal} on ${ip === undefined || ip === "" ? "all addresses" : ip}: take it out, or set ip to 127.0.0.1`,
        );
  }),
};

/** RFC 1122, 3.2.1.3 (g), and RFC 4291, 2.5.3. */
function isLoopback(ip: string | undefined): boolean {
  return ip !== undefined && (/^127(\.\d{1,3}){3}$/.test(ip) || ip === "::1");
}
