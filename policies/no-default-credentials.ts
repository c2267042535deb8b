import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./known";

/** Configuration of the policy. */
interface MoreDefaults {
  /** Passwords to refuse besides the usual ones. */
  readonly alsoRefused?: readonly string[];
}

/**
 * Passwords that brokers, databases, clouds and tutorials come with: of RabbitMQ (guest), ActiveMQ Artemis
 * (artemis, admin), MariaDB (root), OpenStack's guides (openstack, secret, RABBIT_PASS) and habit.
 */
const usual = [
  "guest",
  "admin",
  "artemis",
  "root",
  "openstack",
  "rabbitmq",
  "rabbit_pass",
  "password",
  "passw0rd",
  "secret",
  "changeme",
  "default",
  "test",
  "123456",
];

/** Somebody always leaves one in: the engine's state and anyone on the WAN could then use the bus. */
export const noDefaultCredentials: ResourceValidationPolicy = {
  name: "no-default-credentials",
  displayName: "No default credentials",
  description: "No broker, service or command is given a password that everybody knows, or none.",
  remediationSteps: "Have the password made by a RandomSecret, and hand on its value.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      alsoRefused: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Passwords to refuse besides the usual ones.",
      },
    },
  },
  validateResource: (args, report) => {
    const { alsoRefused = [] } = args.getConfig<MoreDefaults>();
    const refused = new Set([...usual, ...alsoRefused.map((password) => password.toLowerCase())]);
    for (const { path, text } of textsOf(args.props, ""))
      for (const { where, password } of passwordsIn(text))
        if (password === "" || refused.has(password.toLowerCase()))
          report(
            `${path} of ${args.name} has ${password === "" ? "an empty password" : `the well-known password "${password}"`} in ${where}: use one that was made at random`,
          );
  },
};

interface Text {
  readonly path: string;
  readonly text: string;
}

/** Every text in a resource's inputs, keys of maps with their values as `key=value`. */
function textsOf(value: unknown, path: string): Text[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key): Text[] => {
    const inner = known(() => (value as Record<string, unknown>)[key]);
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const named =
      typeof inner === "string" && passwordName.test(key) ? [{ path: at, text: `${key}=${inner}` }] : [];
    return [...named, ...textsOf(inner, at)];
  });
}

const passwordName = /^[\w.-]*(pass(word|wd|phrase)?|secret)$/i;

/** Ways in which text holds a password. Each has the password in its first group. */
const forms: readonly { readonly where: string; readonly expression: RegExp }[] = [
  // rabbit://user:password@host, for each host of a transport URL; RFC 3986, 3.2.1. Redis needs no user.
  { where: "a URL", expression: /(?:\/\/|,)[^\s/:@,"']*:([^\s/@,"']*)@/g },
  // A setting: PASSWORD=… of an environment, default_pass = … of a configuration file.
  {
    where: "a setting",
    expression: /(?:^|[\s;,])(?!-)[\w.-]*(?:pass(?:word|wd|phrase)?|secret)\s*=\s*["']?([^\s"';]*)/gim,
  },
  // JSON, such as RabbitMQ's definitions; a hash is not a password.
  { where: "JSON", expression: /"[\w.-]*(?:pass(?:word|wd|phrase)?|secret)"\s*:\s*"([^"]*)"/gi },
  // The user whom RabbitMQ makes by default, however its password is stored.
  { where: "the name of a user", expression: /"users"\s*:\s*\[[^\]]*?"name"\s*:\s*"(guest)"/gi },
  // Redis, by users and, before there were users, for everybody. One without a password has an empty one.
  { where: "a user of Redis", expression: /^\s*user\s+\S+\s(?:[^\n]*\s)?>(\S+)/gm },
  { where: "a user of Redis", expression: /^\s*user\s+\S+\s(?![^\n]*\boff\b)(?:[^\n]*\s)?nopass()\b/gm },
  { where: "requirepass", expression: /^\s*requirepass\s+["']?([^\s"']*)/gm },
  // An argument of a command.
  { where: "an argument", expression: /(?:^|\s)--?(?:password|pass|p)[=\s]+["']?([^\s"']*)/gi },
];

function passwordsIn(text: string): { where: string; password: string }[] {
  return forms.flatMap(({ where, expression }) =>
    [...text.matchAll(expression)].map((match) => ({ where, password: decoded(match[1] ?? "") })),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not a URL's encoding, so the text stands for itself.
    return text;
  }
}
