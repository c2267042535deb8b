import { execFileSync } from "child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { gunzipSync } from "zlib";
import { projectRoot } from "../command/shim";

/** What is looked through: a name for people, and its bytes. */
export interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Scan {
  readonly places: number;
  readonly bytes: number;
  readonly secrets: number;
  /** Where a secret was found and in which form, never the secret itself. */
  readonly found: readonly string[];
}

/**
 * Looks for each secret in all places: as it is, as JSON and URLs have it, in hexadecimal, and in base64 wherever it begins.
 * @param origins where a secret is from, to be named if it is found
 */
export function scan(
  secrets: readonly string[],
  places: readonly Place[],
  origins: ReadonlyMap<string, string> = new Map(),
): Scan {
  const found: string[] = [];
  const forms = secrets.map(formsOf);
  for (const { name, bytes } of places)
    for (const [index, secret] of secrets.entries())
      for (const [form, text] of forms[index] ?? []) {
        if (!bytes.includes(text)) continue;
        const origin = origins.has(secret) ? ` (${origins.get(secret)})` : "";
        found.push(`secret ${index + 1} of ${secrets.length}${origin}, ${form}, in ${name}`);
      }
  return {
    places: places.length,
    bytes: places.reduce((sum, { bytes }) => sum + bytes.length, 0),
    secrets: secrets.length,
    found,
  };
}

/** `12 files and answers, 345678 bytes, looked through for 5 secrets: none found`. */
export function inWords({ places, bytes, secrets, found }: Scan): string {
  const outcome = found.length === 0 ? "none found" : `FOUND: ${found.join("; ")}`;
  return `${places} files and answers, ${bytes} bytes, looked through for ${secrets} secrets: ${outcome}`;
}

function formsOf(secret: string): [string, string][] {
  const octets = Buffer.from(secret);
  const forms: [string, string][] = [
    ["as it is", secret],
    ["in a URL", encodeURIComponent(secret)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in JSON in JSON", JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ["in hexadecimal", octets.toString("hex")],
  ];
  for (const before of [0, 1, 2]) {
    // Characters that depend on what stands before and behind are left out.
    const [from, to] = [Math.ceil((8 * before) / 6), Math.floor((8 * (before + octets.length)) / 6)];
    const inside = Buffer.concat([Buffer.alloc(before), octets])
      .toString("base64")
      .slice(from, to);
    forms.push([`in base64 from octet ${before} on`, inside]);
    forms.push([`in base64url from octet ${before} on`, inside.replaceAll("+", "-").replaceAll("/", "_")]);
  }
  // Most are words, which URLs and JSON have as they are.
  return forms.filter(([, text], at) => forms.findIndex(([, other]) => other === text) === at);
}

/** Every file below a folder that is wanted, or a file itself; of archives (tar with zstd, gzip) what is in them besides. */
export function filesBelow(
  path: string,
  name = path,
  wanted: (file: string) => boolean = () => true,
): Place[] {
  if (!statSync(path).isDirectory()) return unpacked(path, name);
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(wanted)
    .flatMap((file) => unpacked(file, `${name}${file.slice(path.length)}`));
}

function unpacked(file: string, name: string): Place[] {
  const bytes = readFileSync(file);
  if (file.endsWith(".tar.zst")) {
    const folder = mkdtempSync(join(tmpdir(), "buswide-scan-"));
    try {
      execFileSync("tar", ["--zstd", "-xf", file, "-C", folder]);
      return [{ name, bytes }, ...filesBelow(folder, `what is in ${name}`)];
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  if (!file.endsWith(".gz")) return [{ name, bytes }];
  return [
    { name, bytes },
    { name: `what is in ${name}`, bytes: gunzipSync(bytes) },
  ];
}

/** A stack's state as plain Pulumi exports it. */
export function exportedState(stack: string, secrets: "encrypted" | "shown"): Buffer {
  const shown = secrets === "shown" ? ["--show-secrets"] : [];
  return execFileSync(
    process.execPath,
    [join(projectRoot, "bin", "pulumi.js"), "stack", "export", "-s", stack, ...shown],
    { cwd: projectRoot, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 256 * 1024 ** 2 },
  );
}

/** The property by which Pulumi marks a value as secret, and its value (`resource.SigKey`, `resource.SecretSig`). */
const [mark, secretMark] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];

/**
 * The secrets in a stack's state, exported with its secrets shown: values that are one word, the passwords of URLs, the lines of
 * private keys, and what a measurement is told to write nowhere, which has also those that are elsewhere within files alone. A list of which one part is secret is secret as a whole, so that paths of files are among them:
 * they are none.
 */
export function secretsIn(state: unknown): string[] {
  return [...originsIn(state).keys()];
}

/** The same, each with the resource and property that have it first. */
export function originsIn(state: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== "object" || value === null) return;
    const record = value as Readonly<Record<string, unknown>>;
    if (record[mark] === secretMark && typeof record.plaintext === "string")
      for (const secret of secretsOfText(JSON.parse(record.plaintext)))
        if (!found.has(secret)) found.set(secret, at);
    const here = typeof record.urn === "string" ? (record.urn.split("::").at(-1) ?? at) : at;
    for (const [key, inner] of Object.entries(record)) walk(inner, here === "" ? key : `${here} ${key}`);
  };
  walk(state, "");
  return found;
}

/** Files, by the folders of a root (Filesystem Hierarchy Standard 3.0): a key in base64 may begin with a slash, too. */
const paths = /^\/(?:bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)\//;

function secretsOfText(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(secretsOfText);
  if (typeof value !== "string") return [];
  const word = /^[\w~.+/=-]{16,200}$/.test(value) && !paths.test(value) ? [value] : [];
  const passwords = [...value.matchAll(/:\/\/[^:@/\s"]*:([^@\s"]{8,})@/g)].map(
    ([, password]) => password ?? "",
  );
  // As they stand, and within JSON, where a line's end is written out.
  const keys = [...value.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]*)-----END/g)]
    .flatMap(([, body = ""]) => body.split(/\\n|\s+/))
    .filter((line) => line.length >= 40);
  return [...word, ...passwords, ...keys, ...toldIn(value)];
}

/**
 * What a measurement's input, JSON, says is to be written nowhere (`MeasurementInput.secrets`). What is shorter than any secret of
 * buswide's could be met by chance.
 */
function toldIn(text: string): string[] {
  const secrets = text.startsWith("{") ? listOf(text) : undefined;
  if (!Array.isArray(secrets)) return [];
  return secrets
    .filter((secret): secret is string => typeof secret === "string")
    .flatMap((secret) => (/\s/.test(secret) ? secretsOfText(secret) : secret.length >= 16 ? [secret] : []));
}

function listOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly secrets?: unknown }).secrets;
  } catch (error) {
    // It only begins as JSON does.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
