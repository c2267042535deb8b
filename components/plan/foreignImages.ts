import type { ForeignImage } from "../bus/bus";
import type { Plan } from "./plan";

/** Images of a plan that somebody else makes. */
export function foreignImagesOf({
  bus,
  controlPlane,
}: Pick<Plan, "bus" | "controlPlane">): readonly ForeignImage[] {
  return [
    ...(bus.foreignImages ?? []),
    ...(controlPlane?.database.foreignImages ?? []),
    ...(controlPlane?.keystoneDatabase?.foreignImages ?? []),
  ];
}
