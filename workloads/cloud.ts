import type { MeasurementInput } from "./runner/input";

/** What is known of a region of a control plane, the administrator's password with it. Secret. */
export type Cloud = Omit<NonNullable<MeasurementInput["controlPlane"]>, "regions">;

/** The region that a workload asks: the control plane's own, or another by name. Undefined: there is no control plane. Errors: it has no such region. */
export function cloudOf(
  { controlPlane }: Pick<MeasurementInput, "controlPlane">,
  { region }: { readonly region?: string | undefined },
): Cloud | undefined {
  if (controlPlane === undefined) return undefined;
  const { regions = {}, ...own } = controlPlane;
  if (region === undefined) return own;
  const other = regions[region];
  if (other === undefined) throw new Error(`there is no region "${region}" to be asked`);
  return { ...own, ...other, region };
}
