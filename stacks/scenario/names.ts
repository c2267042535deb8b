import { z } from "zod";
import { show } from "./show";

const namePattern = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,30}$/;

function name(what: string) {
  const error = (issue: { readonly input?: unknown }) =>
    issue.input === undefined
      ? `expected the name of a ${what}`
      : `${show(issue.input)} is no name for a ${what}: use up to 31 lower-case letters, digits and single hyphens, a letter first`;
  return z.string({ error }).regex(namePattern, { error });
}

/** A name of a site or of a group of sites. Host names, networks and containers are named after it. */
export const siteName = name("site");

/** A name of a workload. */
export const workloadName = name("workload");

/** A name of a service of a site, or of each site of a group: `<site>/<service>`. */
export const serviceName = z
  .string({ error: (issue) => (issue.input === undefined ? "expected <site>/<service>" : undefined) })
  .regex(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/, {
    error: (issue) => `${show(issue.input)} is no service: write it as <site>/<service>`,
  });
