import { z } from "zod";

/** Which region a workload asks. */
export const regionSetting = z
  .string()
  .min(1)
  .optional()
  .describe(
    "The region of OpenStack's that is asked, by its name: a site of `controlPlane.regions`, or `controlPlane.region`; default: that of `site`, if it is one, else the control plane's own.",
  );
