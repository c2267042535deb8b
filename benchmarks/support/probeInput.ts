import { isMeasurement } from "../../bin/engine/state";
import { measurementInput, type MeasurementInput } from "../../workloads/runner/input";
import type { ExportedResource } from "./stack";

/** What the deployed stack's own runner was told, secrets and all. Errors: the stack has not been measured. */
export function probeInput(resources: readonly ExportedResource[]): MeasurementInput {
  const measurement = resources.find(({ urn }) => isMeasurement(urn));
  const told = measurement?.inputs?.stdin;
  if (typeof told !== "string") throw new Error("the stack has no measurement");
  return measurementInput.parse(JSON.parse(told));
}
