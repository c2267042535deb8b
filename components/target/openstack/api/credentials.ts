import { readFileSync } from "fs";
import { homedir } from "os";
import { join, resolve } from "path";
import { parse } from "yaml";
import { z } from "zod";

/** Credentials that are not there, or not whole. Its message says what to do about it. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

/** What Keystone is asked for a token with, and how the cloud is then spoken to. */
export interface Credentials {
  readonly authUrl: string;
  /** The body's `auth` of `POST /v3/auth/tokens`. Secret. */
  readonly auth: object;
  readonly region?: string;
  readonly interface: "public" | "internal" | "admin";
  /** Certificates to be trusted instead of the usual ones; false: none is looked at. */
  readonly trust?: Buffer | false;
}

const text = z.coerce.string();
const flag = z.union([z.boolean(), z.string().transform((value) => !/^(false|0|no|off)$/i.test(value))]);

const authSettings = z.looseObject({
  auth_url: text.optional(),
  username: text.optional(),
  user_id: text.optional(),
  password: text.optional(),
  project_name: text.optional(),
  project_id: text.optional(),
  tenant_name: text.optional(),
  tenant_id: text.optional(),
  domain_name: text.optional(),
  domain_id: text.optional(),
  user_domain_name: text.optional(),
  user_domain_id: text.optional(),
  project_domain_name: text.optional(),
  project_domain_id: text.optional(),
  default_domain: text.optional(),
  token: text.optional(),
  application_credential_id: text.optional(),
  application_credential_name: text.optional(),
  application_credential_secret: text.optional(),
});
type AuthSettings = z.infer<typeof authSettings>;

const cloudEntry = z.looseObject({
  auth: authSettings.default({}),
  region_name: text.optional(),
  interface: text.optional(),
  endpoint_type: text.optional(),
  verify: flag.optional(),
  cacert: text.optional(),
});
type CloudEntry = z.infer<typeof cloudEntry>;

const cloudsFile = z.looseObject({ clouds: z.record(z.string(), z.unknown()).default({}) });

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The credentials of a cloud, found where the provider finds them: an entry of clouds.yaml (and of secure.yaml), or the variables of an
 * openrc. A region of the environment goes before that of a file.
 * @param cloud The entry; absent: `$OS_CLOUD`, else the variables.
 * Errors: {@link CredentialsError}.
 */
export function findCredentials(
  cloud: string | undefined,
  region: string | undefined,
  environment: Environment = process.env,
  folder = process.cwd(),
): Credentials {
  const name = cloud ?? (environment["OS_CLOUD"] || undefined);
  const entry = name === undefined ? fromEnvironment(environment) : fromFile(name, environment, folder);
  const where =
    name === undefined ? "the environment's OS_* variables" : `the cloud "${name}" of clouds.yaml`;
  const { auth, verify, cacert } = entry;
  if (auth.auth_url === undefined)
    throw new CredentialsError(
      name === undefined
        ? "there are no credentials: name an entry of clouds.yaml as target.cloud, or source the cloud's openrc"
        : `${where} has no auth_url: get the file from the cloud's dashboard`,
    );
  const chosen = region ?? (environment["OS_REGION_NAME"] || entry.region_name);
  return {
    authUrl: auth.auth_url.replace(/\/+$/, "").replace(/(\/v[23](\.0)?)?$/, "/v3"),
    auth: requestOf(auth, where),
    ...(chosen === undefined ? {} : { region: chosen }),
    interface: interfaceOf(entry, environment, where),
    ...(verify === false
      ? { trust: false as const }
      : cacert === undefined
        ? {}
        : { trust: readFileSync(cacert.replace(/^~/, homedir())) }),
  };
}

/** The endpoints that the provider uses: of those that are asked for, it reads the variable alone. Errors: {@link CredentialsError}. */
function interfaceOf(entry: CloudEntry, environment: Environment, where: string): Credentials["interface"] {
  const kind = (name: string | undefined): Credentials["interface"] => {
    const plain = name?.replace(/URL$/, "");
    return plain === "internal" || plain === "admin" ? plain : "public";
  };
  const [wanted, used] = [
    kind(entry.interface ?? entry.endpoint_type),
    kind(environment["OS_ENDPOINT_TYPE"]),
  ];
  if (wanted !== "public" && wanted !== used)
    throw new CredentialsError(
      `${where} asks for ${wanted} endpoints, which the provider does of $OS_ENDPOINT_TYPE only: set OS_ENDPOINT_TYPE=${wanted}`,
    );
  return used;
}

/** What Keystone's API (Identity v3, "Authentication and token management") takes. */
function requestOf(auth: AuthSettings, where: string): object {
  const domain = (name: string | undefined, id: string | undefined) =>
    id !== undefined ? { id } : { name: name ?? auth.domain_name ?? auth.default_domain ?? "Default" };
  const user =
    auth.user_id !== undefined
      ? { id: auth.user_id }
      : { name: auth.username, domain: domain(auth.user_domain_name, auth.user_domain_id ?? auth.domain_id) };
  if (auth.application_credential_secret !== undefined)
    return {
      identity: {
        methods: ["application_credential"],
        application_credential: {
          secret: auth.application_credential_secret,
          ...(auth.application_credential_id !== undefined
            ? { id: auth.application_credential_id }
            : { name: auth.application_credential_name, user }),
        },
      },
    };
  const projectId = auth.project_id ?? auth.tenant_id;
  const projectName = auth.project_name ?? auth.tenant_name;
  if (projectId === undefined && projectName === undefined)
    throw new CredentialsError(`${where} names no project (project_name or project_id)`);
  const scope = {
    project:
      projectId !== undefined
        ? { id: projectId }
        : {
            name: projectName,
            domain: domain(auth.project_domain_name, auth.project_domain_id ?? auth.domain_id),
          },
  };
  if (auth.token !== undefined) return { identity: { methods: ["token"], token: { id: auth.token } }, scope };
  if (auth.password === undefined || (auth.username === undefined && auth.user_id === undefined))
    throw new CredentialsError(
      `${where} has neither a user with a password, nor an application credential with its secret`,
    );
  return {
    identity: { methods: ["password"], password: { user: { ...user, password: auth.password } } },
    scope,
  };
}

function fromEnvironment(environment: Environment): CloudEntry {
  const auth = Object.fromEntries(
    Object.keys(authSettings.shape).flatMap((setting) => {
      const value = environment[`OS_${setting.toUpperCase()}`];
      return value ? [[setting, value]] : [];
    }),
  );
  const insecure = environment["OS_INSECURE"];
  return cloudEntry.parse({
    auth,
    ...defined({
      region_name: environment["OS_REGION_NAME"],
      interface: environment["OS_INTERFACE"] ?? environment["OS_ENDPOINT_TYPE"],
      cacert: environment["OS_CACERT"],
    }),
    ...(insecure ? { verify: /^(false|0|no|off)$/i.test(insecure) } : {}),
  });
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : [])),
  );
}

function fromFile(name: string, environment: Environment, folder: string): CloudEntry {
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
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return cloudsFile.parse(parse(content) ?? {}).clouds;
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
