import { readFileSync } from "fs";
import { homedir } from "os";
import { join, resolve } from "path";
import { parse } from "yaml";
import { z } from "zod";

/** Credentials that are not there, or not whole. Its message says what to do about it. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

/** What is empty, or null, is not there. */
const text = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === "" ? undefined : String(value)));
const flag = z
  .union([z.boolean(), z.string().transform((value) => !/^(false|0|no|off)$/i.test(value))])
  .nullish()
  .transform((value) => value ?? undefined);

const authSettings = z.looseObject({
  auth_url: text,
  username: text,
  user_id: text,
  password: text,
  project_name: text,
  project_id: text,
  tenant_name: text,
  tenant_id: text,
  domain_name: text,
  domain_id: text,
  user_domain_name: text,
  user_domain_id: text,
  project_domain_name: text,
  project_domain_id: text,
  default_domain: text,
  token: text,
  application_credential_id: text,
  application_credential_name: text,
  application_credential_secret: text,
});
export type AuthSettings = z.infer<typeof authSettings>;

const cloudEntry = z.looseObject({
  auth: authSettings.nullish().transform((value) => value ?? authSettings.parse({})),
  region_name: text,
  interface: text,
  endpoint_type: text,
  verify: flag,
  cacert: text,
  cert: text,
  key: text,
});
export type CloudEntry = z.infer<typeof cloudEntry>;

const cloudsFile = z.looseObject({ clouds: z.record(z.string(), z.unknown()).nullish() });

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the variables of an openrc say. @param beside Whether it is asked for what an entry of clouds.yaml lacks: which of two names of the token counts.
 * Errors: {@link CredentialsError}.
 */
export function fromEnvironment(environment: Environment, beside: boolean): CloudEntry {
  const auth = Object.fromEntries(
    Object.keys(authSettings.shape).flatMap((setting) => {
      const value = environment[`OS_${setting.toUpperCase()}`];
      return value ? [[setting, value]] : [];
    }),
  );
  const insecure = environment["OS_INSECURE"];
  if (insecure && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(insecure))
    throw new CredentialsError(`OS_INSECURE is "${insecure}": use true or false`);
  const [token, other] = [environment["OS_TOKEN"], environment["OS_AUTH_TOKEN"]];
  return cloudEntry.parse({
    auth: { ...auth, ...defined({ token: beside ? other || token : token || other }) },
    ...defined({
      region_name: environment["OS_REGION_NAME"],
      interface: environment["OS_INTERFACE"] ?? environment["OS_ENDPOINT_TYPE"],
      cacert: environment["OS_CACERT"],
      cert: environment["OS_CERT"],
      key: environment["OS_KEY"],
    }),
    ...(insecure ? { verify: /^[0f]/i.test(insecure) } : {}),
  });
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : [])),
  );
}

/** An entry of clouds.yaml, with what secure.yaml has of it. Errors: {@link CredentialsError}. */
export function fromFile(name: string, environment: Environment, folder: string): CloudEntry {
  const folders = [resolve(folder), join(homedir(), ".config", "openstack"), "/etc/openstack"];
  const placesOf = (file: string) => folders.map((one) => join(one, file));
  const places = [
    ...(environment["OS_CLIENT_CONFIG_FILE"] ? [environment["OS_CLIENT_CONFIG_FILE"]] : []),
    ...placesOf("clouds.yaml"),
  ];
  const found = firstOf(places);
  if (!found)
    throw new CredentialsError(
      `there is no clouds.yaml for the cloud "${name}": put it to one of ${places.join(", ")}`,
    );
  if (!Object.hasOwn(found.clouds, name))
    throw new CredentialsError(
      `${found.file} has no cloud "${name}": it has ${Object.keys(found.clouds).join(", ") || "none"}`,
    );
  const secure = firstOf(placesOf("secure.yaml"))?.clouds ?? {};
  const parsed = cloudEntry.safeParse(merged(found.clouds[name], secure[name]));
  if (!parsed.success)
    throw new CredentialsError(`the cloud "${name}" of ${found.file} is not as clouds.yaml has one`);
  return parsed.data;
}

/** The first file of these that there is, and its clouds. Errors: as below. */
function firstOf(
  places: readonly string[],
): { readonly file: string; readonly clouds: Readonly<Record<string, unknown>> } | undefined {
  for (const file of places) {
    const clouds = cloudsOf(file);
    if (clouds) return { file, clouds };
  }
  return undefined;
}

/** The clouds of a file; undefined: there is no such file. Errors: {@link CredentialsError}: it is none of clouds. */
function cloudsOf(file: string): Readonly<Record<string, unknown>> | undefined {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new CredentialsError(
      `${file} can't be read (${codeOf(error)}): it is to be a file that you may read; get it from the cloud's dashboard`,
    );
  }
  try {
    return cloudsFile.parse(parse(content) ?? {}).clouds ?? {};
  } catch {
    throw new CredentialsError(`${file} is no clouds.yaml: get the file from the cloud's dashboard`);
  }
}

function merged(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return other ?? one;
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      merged(one[key], other[key]),
    ]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the system calls an error of a file: `ENOENT`. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
