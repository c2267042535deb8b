import { z } from "zod";
import { linkFault, serviceFault } from "./timeline";

const seen = {
  offeredPerSecond: z
    .number()
    .describe(
      "What full service is: calls a second, or of other patterns deliveries, as many as were asked for.",
    ),
  errors: z
    .record(z.string(), z.number().int())
    .describe(
      "Operations that failed while the fault was the last, by kind: by the second in which their senders were told, also after the load; of calls that timed out, by when they were sent, or were still under way a second later. Of a workload that broke off, those that were told until then.",
    ),
  firstErrorSeconds: z
    .number()
    .optional()
    .describe("Until a sender was first told of one of these failures; absent: none was."),
  interruptedSeconds: z
    .number()
    .int()
    .describe(
      "Full seconds in which nothing was served, although while all is well each has something to serve.",
    ),
  firstServedSeconds: z
    .number()
    .optional()
    .describe("Until something was served again; absent: service was not interrupted, or did not come back."),
  fullServiceSeconds: z
    .number()
    .optional()
    .describe(
      "Until service was full for good: something served in each second, and over each three seconds from then on at least 90 % of what was asked for, or as much as perfect service has where an operation more or less is more than that; 0: it never was less; absent: it did not come to that.",
    ),
};

/** What the clients of one site saw of a fault; figures as those of all clients together. */
export const siteRecovery = z.strictObject({
  site: z.string(),
  atFault: z
    .boolean()
    .describe(
      "Whether the fault is where these clients are: at a service of their site, at one that they connect to while nothing is wrong, or at a link of their site.",
    ),
  ...seen,
});
export type SiteRecovery = z.infer<typeof siteRecovery>;

/**
 * What the workload saw of one fault, by the second: a time is from the fault's start to the start of a full second of
 * the series, so it is up to a second less than the true one, and 0 within the fault's own second.
 */
export const recoveryRecord = z.strictObject({
  what: z.union([linkFault, serviceFault]),
  subjects: z.array(z.string()).describe("The links, or the services, that it happened to."),
  atSeconds: z.number().describe("From the start of the window, seconds."),
  untilSeconds: z.number().describe("When the fault was undone, seconds; of a restart, at the latest."),
  observedUntilSeconds: z
    .number()
    .describe("Start of the next fault, or end of the load: what was served later is not seen here."),
  ...seen,
  bySite: z
    .array(siteRecovery)
    .optional()
    .describe(
      "The same by the site of the clients, of sites whose clients never go longer than 0.85 s without an operation: above that, a second in which nothing is served proves nothing.",
    ),
});
export type RecoveryRecord = z.infer<typeof recoveryRecord>;

/** What the clients of several sites saw of a fault: their errors together, and the longest of their times. */
export type SitesRecovery = Pick<
  SiteRecovery,
  "interruptedSeconds" | "firstErrorSeconds" | "firstServedSeconds" | "fullServiceSeconds"
> & { readonly sites: readonly string[]; readonly errors: number };

/**
 * The sites where a fault was, or all others, together: what the worst of them saw. Undefined: there are none of which
 * figures are known.
 */
export function sitesTogether({ bySite }: RecoveryRecord, atFault: boolean): SitesRecovery | undefined {
  const own = (bySite ?? []).filter((site) => site.atFault === atFault);
  if (own.length === 0) return undefined;
  const longest = (times: readonly (number | undefined)[]) =>
    times.every((time) => time !== undefined) && times.length > 0 ? Math.max(...times) : undefined;
  const told = own.flatMap(({ firstErrorSeconds: time }) => time ?? []);
  const interrupted = own.filter(({ interruptedSeconds }) => interruptedSeconds > 0);
  const firstErrorSeconds = told.length === 0 ? undefined : Math.min(...told);
  const firstServedSeconds = longest(interrupted.map(({ firstServedSeconds: time }) => time));
  const fullServiceSeconds = longest(own.map(({ fullServiceSeconds: time }) => time));
  return {
    sites: own.map(({ site }) => site),
    errors: own.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0),
    interruptedSeconds: Math.max(...own.map(({ interruptedSeconds }) => interruptedSeconds)),
    ...(firstErrorSeconds === undefined ? {} : { firstErrorSeconds }),
    ...(firstServedSeconds === undefined ? {} : { firstServedSeconds }),
    ...(fullServiceSeconds === undefined ? {} : { fullServiceSeconds }),
  };
}
