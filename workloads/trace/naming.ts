import type { ExchangePattern } from "../results/patterns";
import type { ToldOfExchange } from "./spans";

/** What spans, and lines of who was watched, are called that are exchanges. */
export const exchangeNames = ["call", "cast", "notification", "http", "db"] as const;
export type ExchangeName = (typeof exchangeNames)[number];

export function isExchange(name: string): name is ExchangeName {
  return (exchangeNames as readonly string[]).includes(name);
}

/** By which pattern something is told or asked. */
export function patternOf(name: ExchangeName, { rpc }: ToldOfExchange): ExchangePattern {
  switch (name) {
    case "call":
    case "notification":
      return name;
    case "cast":
      return rpc?.fanout ? "fanout" : "cast";
    case "http":
      return "rest";
    case "db":
      return "sql";
  }
}

/** What it is, the same for all that differ in nothing but what they are about. */
export function whatOf(name: ExchangeName, { rpc, http, db, notification }: ToldOfExchange): string {
  switch (name) {
    case "call":
    case "cast":
      return rpc?.called ?? rpc?.method ?? "";
    case "notification":
      return notification?.event ?? "";
    case "http":
      return requestOf(http?.method, pathOf(http?.url));
    case "db":
      return statementOf(db?.statement ?? "");
  }
}

/** Identities of OpenStack (UUIDs with and without hyphens) and numbers, as a whole part of a path. */
const identity = /^(?:[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|\d+)$/i;

/** `GET /v2.1/servers/{id}`. */
export function requestOf(method: string | null | undefined, path: string | null | undefined): string {
  const parts = (path ?? "").split("/").map((part) => (identity.test(part) ? "{id}" : part));
  return `${method ?? ""} ${parts.join("/") || "/"}`.trim();
}

/** `SELECT instances`: the verb and the first table, which may be all that is left of a long statement. */
export function statementOf(statement: string): string {
  const verb = /^\W*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? "";
  const table =
    verb === "SELECT" || verb === "DELETE"
      ? (/\bFROM\s+`?(\w+)/i.exec(statement)?.[1] ?? /\b([A-Za-z_]\w*)\.\w+/.exec(statement)?.[1])
      : /^\W*(?:INSERT(?:\s+IGNORE)?\s+INTO|UPDATE|REPLACE\s+INTO)\s+`?(\w+)/i.exec(statement)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}

function pathOf(url: string | null | undefined): string | undefined {
  return url && URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** The port of a URL of HTTP; undefined: it is no URL. */
export function portOf(url: string | null | undefined): number | undefined {
  return url && URL.canParse(url) ? Number(new URL(url).port || 80) : undefined;
}

/** The host that a URL names; undefined: it names none. */
export function hostOf(url: string | null | undefined): string | undefined {
  return url && URL.canParse(url) ? new URL(url).hostname : undefined;
}
