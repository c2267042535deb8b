import * as docker from "@pulumi/docker";
import { validateResourceOfType, type ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./known";

/** Configuration of the policy. */
interface Limits {
  /** The most that one container may be given, MiB; default: no matter how much. */
  readonly mostMiB?: number;
}

/** One container without a limit can take the memory that every other one's figures depend on. */
export const containersHaveMemoryLimits: ResourceValidationPolicy = {
  name: "containers-have-memory-limits",
  displayName: "Containers have memory limits",
  description: "Every container has a memory limit, and its swap is within it.",
  remediationSteps: "Give the service a memoryBytes; the target sets memory and memorySwap to it.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      mostMiB: { type: "number", minimum: 1, description: "The most that one container may be given, MiB." },
    },
  },
  validateResource: validateResourceOfType(docker.Container, (container, args, report) => {
    const { mostMiB } = args.getConfig<Limits>();
    const memory = known(() => container.memory);
    const memorySwap = known(() => container.memorySwap);
    if (memory === undefined || memory <= 0) {
      report(
        `the container ${args.name} has no memory limit: set memory, in MiB, and memorySwap to the same`,
      );
      return;
    }
    if (memorySwap !== memory)
      report(
        `the container ${args.name} is limited to ${memory} MiB of memory and ${describeSwap(memorySwap)} with swap: set memorySwap to ${memory} as well`,
      );
    if (mostMiB !== undefined && memory > mostMiB)
      report(`the container ${args.name} may take ${memory} MiB: give it ${mostMiB} MiB or less`);
  }),
};

function describeSwap(memorySwap: number | undefined): string {
  return memorySwap === undefined || memorySwap < 0 ? "to nothing" : `to ${memorySwap} MiB`;
}
