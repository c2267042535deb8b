import { z } from "zod";

/** Whether agents change to another of a bus's brokers. @param what One of them is called. */
export function failover(what: "broker" | "router") {
  return z
    .boolean()
    .default(false)
    .describe(
      `Whether agents go along the list of ${what}s, the nearest first, whenever the one that they are at does not answer; default false: they wait for it.`,
    );
}

/** Has a schema without failover say why it has none. @param why With what to do instead. */
export function refusesFailover(why: string) {
  return {
    error: (issue: { readonly code?: string; readonly keys?: readonly string[] }) =>
      issue.code === "unrecognized_keys" && issue.keys?.join() === "failover" ? why : undefined,
  };
}
