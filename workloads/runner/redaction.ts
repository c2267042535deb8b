import type { MeasurementInput } from "./input";

/** What stands in a secret's place. */
export const redacted = "***";

/** Replaces known secrets, in every form in which they are met, in all text that leaves the runner. */
export class Redactor {
  private readonly pattern: RegExp | undefined;

  constructor(secrets: Iterable<string>) {
    const forms = new Set([...secrets].filter((secret) => secret !== "").flatMap(formsOf));
    // Longest first, or a part of a form would be replaced and leave the rest of it standing.
    const ordered = [...forms].sort((a, b) => b.length - a.length).map(escape);
    this.pattern = ordered.length === 0 ? undefined : new RegExp(ordered.join("|"), "g");
  }

  text(text: string): string {
    return this.pattern === undefined ? text : text.replace(this.pattern, redacted);
  }

  /** The same in every string of a JSON value, keys included. */
  value<T>(value: T): T {
    return this.walk(value) as T;
  }

  private walk(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.walk(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.walk(item)]));
  }
}

/**
 * The secrets in a measurement's input: the passwords of its transport URLs, every setting whose name says that it is one,
 * and `others`.
 */
export function secretsOf(
  bus: Pick<MeasurementInput["bus"], "transports" | "settings">,
  others: readonly string[] = [],
): string[] {
  const passwords = Object.values(bus.transports).flatMap(passwordsOf);
  const settings = Object.values(bus.settings)
    .flatMap((group) => Object.entries(group))
    .filter(([name, value]) => /password|secret|token/i.test(name) && typeof value === "string")
    .map(([, value]) => String(value));
  return [...new Set([...passwords, ...settings, ...others])];
}

/**
 * Passwords of an oslo.messaging transport URL, `driver://user:password@host:port,user:password@host:port/vhost`
 * (oslo.messaging's TransportURL), as written there and decoded. `URL` refuses such a list of hosts.
 */
export function passwordsOf(url: string): string[] {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  return authority.split(",").flatMap((host) => {
    const user = host.slice(0, Math.max(0, host.lastIndexOf("@")));
    const colon = user.indexOf(":");
    const password = colon < 0 ? "" : user.slice(colon + 1);
    return password === "" ? [] : [password, decoded(password)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // A bare percent sign: the text was not URL-encoded.
    if (error instanceof URIError) return text;
    throw error;
  }
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  return [
    secret,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    ...base64FormsOf(secret),
  ];
}

/**
 * Base64 of the secret, and of longer text that has it inside (`user:password` of a basic authentication):
 * there it starts at one of three places within a group of three octets, and its first and last characters
 * depend on its neighbours, so the ones between are what to look for.
 */
function base64FormsOf(secret: string): string[] {
  const octets = Buffer.from(secret, "utf8");
  const inside = [0, 1, 2].map((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), octets])
      .toString("base64")
      .replace(/=+$/, "");
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + octets.length) * 8) / 6);
    return shifted.slice(first, last);
  });
  // A shorter text would be found where there is no secret.
  const standard = [octets.toString("base64"), ...inside.filter((form) => form.length >= 6)];
  return standard.flatMap((form) => [form, form.replace(/\+/g, "-").replace(/\//g, "_")]);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
