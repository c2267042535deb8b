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
  /** What the client shows of itself; absent: nothing. The key is secret. */
  readonly certificate?: { readonly cert: Buffer; readonly key: Buffer };
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
type AuthSettings = z.infer<typeof authSettings>;

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
type CloudEntry = z.infer<typeof cloudEntry>;

const cloudsFile = z.looseObject({ clouds: z.record(z.string(), z.unknown()).nullish() });

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The credentials of a cloud, found where the provider finds them: an entry of clouds.yaml (and of secure.yaml), or the variables of an
 * openrc. As it does, what an entry does not say of a user and a project is taken from the variables; and a region, certificates and
 * whether they are looked at are the variables' before they are the entry's.
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
  const outside = fromEnvironment(environment, name !== undefined);
  const inside = name === undefined ? undefined : fromFile(name, environment, folder);
  const entry: CloudEntry = inside
    ? {
        ...inside,
        ...given({
          verify: outside.verify,
          cacert: outside.cacert,
          cert: outside.cert,
          key: outside.key,
        }),
        auth: { ...outside.auth, ...given(inside.auth) },
      }
    : outside;
  const where =
    name === undefined ? "the environment's OS_* variables" : `the cloud "${name}" of clouds.yaml`;
  const { auth, verify, cacert, cert, key } = entry;
  if (auth.auth_url === undefined)
    throw new CredentialsError(
      name === undefined
        ? "there are no credentials: name an entry of clouds.yaml as target.cloud, or source the cloud's openrc"
        : `${where} has no auth_url: get the file from the cloud's dashboard`,
    );
  if (!/^https?:\/\/[^/]/.test(auth.auth_url) || !URL.canParse(auth.auth_url))
    throw new CredentialsError(
      `${where} has the auth_url "${auth.auth_url}": use one with its scheme, such as https://cloud.example.org:5000/v3`,
    );
  // What the environment has brought along is named by its variable.
  const variables = Object.keys(auth).filter((setting) => inside && inside.auth[setting] === undefined);
  const chosen = region ?? (environment["OS_REGION_NAME"] || entry.region_name);
  return {
    authUrl: auth.auth_url.replace(/\/+$/, "").replace(/(\/v[23](\.0)?)?$/, "/v3"),
    auth: requestOf(auth, where, variables),
    ...(chosen === undefined ? {} : { region: chosen }),
    interface: interfaceOf(entry, environment, where),
    ...(verify === false
      ? { trust: false as const }
      : cacert === undefined
        ? {}
        : { trust: pemOf(cacert, "cacert", where) }),
    ...(cert === undefined || key === undefined
      ? {}
      : { certificate: { cert: pemOf(cert, "cert", where), key: pemOf(key, "key", where) } }),
  };
}

/** What a setting names: a file, or what would be in it. Errors: {@link CredentialsError}: the file can't be read. */
function pemOf(value: string, setting: string, where: string): Buffer {
  if (value.includes("-----BEGIN ")) return Buffer.from(value);
  const file = value.replace(/^~(?=\/|$)/, homedir());
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CredentialsError(
      `${where}, or OS_${setting.toUpperCase()}, names ${file} as its ${setting}, which can't be read (${codeOf(error)}): name a file in PEM's format that you may read, or take it out`,
    );
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
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

/**
 * What Keystone's API (Identity v3, "Authentication and token management") takes.
 * @param variables The settings that are the environment's, besides those of an entry.
 */
function requestOf(auth: AuthSettings, where: string, variables: readonly string[]): object {
  const domain = (name: string | undefined, id: string | undefined) => {
    if (id !== undefined) return { id };
    if (name !== undefined) return { name };
    if (auth.domain_id !== undefined) return { id: auth.domain_id };
    return auth.domain_name === undefined
      ? { id: auth.default_domain ?? "default" }
      : { name: auth.domain_name };
  };
  refuseBoth(auth, where, variables);
  const user =
    auth.user_id !== undefined
      ? { id: auth.user_id }
      : { name: auth.username, domain: domain(auth.user_domain_name, auth.user_domain_id) };
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
            domain: domain(auth.project_domain_name, auth.project_domain_id),
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

const credentialSettings = [
  "application_credential_id",
  "application_credential_name",
  "application_credential_secret",
] as const;

/**
 * An application credential beside another way in: the provider takes the other one then, and asks for no project, so that it would be
 * another's resources that are looked at here. Errors: {@link CredentialsError}: there are both.
 */
function refuseBoth(auth: AuthSettings, where: string, variables: readonly string[]): void {
  const credential = credentialSettings.filter((setting) => auth[setting] !== undefined);
  const others = (["token", "password"] as const).filter((setting) => auth[setting] !== undefined);
  const [other] = others;
  if (credential.length === 0 || other === undefined) return;
  const surplus = [credential, others].find((settings) =>
    settings.every((setting) => variables.includes(setting)),
  );
  const remedy = surplus
    ? `unset ${surplus.map((setting) => `OS_${setting.toUpperCase()}`).join(" ")}`
    : "take one of them out";
  throw new CredentialsError(
    `${where} has an application credential and a ${other}${surplus ? ", with what the environment adds" : ""}, of which the provider uses the ${other}, without a project: ${remedy}`,
  );
}

/** @param beside Whether it is asked for what an entry of clouds.yaml lacks: which of two names of the token counts. */
function fromEnvironment(environment: Environment, beside: boolean): CloudEntry {
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

/** What is there of settings. */
function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
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
