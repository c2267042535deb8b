import { z } from "zod";
import { wantsSettings } from "../../stacks/scenario/messages";
import { siteName } from "../../stacks/scenario/names";
import { interval, memoryFrom, retention } from "../../stacks/scenario/quantities";

const leastMemory = "128MiB";

/** Prometheus, with what there is to show what it collects. */
const prometheusSchema = z
  .strictObject({
    kind: z.literal("prometheus"),
    site: siteName
      .optional()
      .describe(
        "The site from which everything is asked for its figures; default: the scenario's first. One of its own has nothing but Prometheus, so that its links carry nothing but figures.",
      ),
    interval: interval.prefault("5s").describe("How often everything is asked; default 5s."),
    port: z
      .int()
      .min(1024)
      .max(65_535)
      .optional()
      .describe(
        "The port of this machine's 127.0.0.1 at which the dashboards are; default: a free one, chosen by the stack's name, which the output `metrics` has.",
      ),
    retention: retention
      .prefault("24h")
      .describe(
        "How long figures are kept, the last three hours at least whatever it says; a run's backup has all that are. Default 24h.",
      ),
    memory: memoryFrom(leastMemory)
      .prefault("512MiB")
      .describe(
        `Memory limit of Prometheus' container, such as 512MiB (the default), at least ${leastMemory}.`,
      ),
  })
  .describe("Prometheus, from the distribution's packages, and its consoles.");

/** What watches a deployment. A new kind is an entry here, and a component beside Prometheus'. */
export const metricsSchema = z
  .discriminatedUnion("kind", [prometheusSchema], { error: wantsSettings("{ kind: prometheus }") })
  .describe(
    "Collects figures of bus, database, services and links while the deployment stands; absent: nothing does.",
  );
export type MetricsDefinition = z.infer<typeof metricsSchema>;
