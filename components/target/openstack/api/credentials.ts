import { readFileSync } from "fs";
import { homedir } from "os";
import {
  codeOf,
  CredentialsError,
  fromEnvironment,
  fromFile,
  type AuthSettings,
  type CloudEntry,
  type Environment,
} from "./cloudEntry";

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

/** What is there of settings. */
function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
