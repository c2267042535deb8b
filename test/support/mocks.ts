import { generateKeyPairSync } from "crypto";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";

/** Inputs as the engine is sent them, secrets taken out of their wrapping. */
export type Inputs = Readonly<Record<string, unknown>>;

/** One resource as a program registers it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** The parent's name; absent for a root. */
  readonly parent?: string;
  readonly inputs: Inputs;
  /** Places in the inputs that are secret: `uploads[2].content`. */
  readonly secrets: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** Name of the resource that it goes with, without being deleted by itself; absent: none. */
  readonly deletedWith?: string;
  /** Inputs of which any change makes it anew, whatever its provider says; absent: none. */
  readonly replaceOnChanges?: readonly string[];
  /** Names of the resources that it is made anew with; absent: none. */
  readonly replaceWith?: readonly string[];
  /** The name of the provider that makes it; absent: the one that everything without its own has. */
  readonly provider?: string;
  /** Names of the resources it waits for, sorted: those named and those its inputs come from. */
  readonly dependencies: readonly string[];
  /** What a component gives out at its end; undefined for what is no component. */
  outputs?: Inputs;
}

/** What a program did. */
export interface Recording<T> {
  readonly registrations: readonly Registration[];
  /** What it returned, outputs resolved, secrets too. */
  readonly value: pulumi.Unwrap<T>;
}

/** The one secret of a stack, as the mocked command makes it. */
export const mockedSecret = "c2VjcmV0-of-the-mocks";

/** What every certificate and key of a stack is, as the mocked command issues them. */
export const mockedCertificate = "a certificate of the mocks";
export const mockedKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
/** A line of it, which every text that holds the key holds as it is. */
export const mockedKeyLine = mockedKey.split("\n")[1] ?? "";

/** What the mocked runner prints. */
export const mockedMeasurement = {
  run: 1,
  directory: "runs/test/1",
  backup: { path: "runs/test/1/backup.tar.zst", sha256: "0".repeat(64), bytes: 1 },
  links: [],
  results: [],
  provenance: { seed: 1 },
};

/** Keeps what is registered with a monitor, as the wire has it, by type and name. */
function listen(monitor: MockMonitor): Map<string, Registration> {
  const registrations = new Map<string, Registration>();
  const register = monitor.registerResource.bind(monitor);
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResource = (request: RegisterResourceRequest, callback) => {
    const secrets: string[] = [];
    const registration: Registration = {
      type: request.getType(),
      name: request.getName(),
      ...(request.getParent() ? { parent: nameOf(request.getParent()) } : {}),
      inputs: unwrap(request.getObject()?.toJavaScript() ?? {}, "", secrets) as Inputs,
      secrets,
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ...(request.getProvider() ? { provider: nameOf(request.getProvider()).split("::")[0] ?? "" } : {}),
      ...(request.getDeletedwith() ? { deletedWith: nameOf(request.getDeletedwith()) } : {}),
      ...(request.getReplaceonchangesList().length > 0
        ? { replaceOnChanges: request.getReplaceonchangesList() }
        : {}),
      ...(request.getReplaceWithList().length > 0
        ? { replaceWith: request.getReplaceWithList().map(nameOf) }
        : {}),
      dependencies: request.getDependenciesList().map(nameOf).sort(),
    };
    if (registrations.has(keyOf(registration))) {
      callback(error(`${registration.type} ${registration.name} is registered twice`), undefined);
      return Promise.resolve();
    }
    registrations.set(keyOf(registration), registration);
    return register(request, callback);
  };
  monitor.registerResourceOutputs = (request: RegisterResourceOutputsRequest, callback) => {
    const type = (request.getUrn().split("::")[2] ?? "").split("$").pop() ?? "";
    const registration = registrations.get(keyOf({ type, name: nameOf(request.getUrn()) }));
    if (registration) registration.outputs = request.getOutputs()?.toJavaScript() ?? {};
    registerOutputs(request, callback);
  };
  return registrations;
}

/**
 * Runs a program against mocks and gives back what it registered, in the order of their names. Types that the
 * mocks do not know, and functions of providers, are errors. Errors: the program's own.
 */
export async function record<T>(program: () => T): Promise<Recording<T>> {
  await pulumi.runtime.setMocks({ newResource, call }, "buswide", "test");
  const monitor: unknown = pulumi.runtime.getMonitor();
  if (!(monitor instanceof MockMonitor)) throw new Error("the runtime has another monitor than its mocks'");
  const registered = listen(monitor);
  const { stackTraceLimit } = Error;
  // The runtime keeps a stack trace of each of its thousands of promises, and mapping them takes most of the time.
  Error.stackTraceLimit = 0;
  const value = await resolved(program()).finally(() => (Error.stackTraceLimit = stackTraceLimit));
  await pulumi.runtime.disconnect();
  const registrations = [...registered.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { registrations, value };
}

function resolved<T>(value: T): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve, reject) => {
    // An output has no way to hand on what went wrong; the runtime's promise of it does.
    const output = pulumi.output(value) as pulumi.Output<pulumi.Unwrap<T>> & {
      promise(): Promise<pulumi.Unwrap<T>>;
    };
    output.promise().then(resolve, reject);
  });
}

function call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
  if (token !== "openstack:networking/getNetwork:getNetwork") return fail(`the function ${token}`);
  const { name } = inputs as { name: string };
  return { id: `id of ${name}`, name };
}

function newResource({
  type,
  name,
  inputs,
}: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
  const given = inputs as Inputs;
  if (type.startsWith("buswide:")) return { id: undefined, state: {} };
  switch (type) {
    case "docker:index/network:Network":
    case "docker:index/container:Container":
      return { id: `id of ${String(given["name"])}`, state: given };
    case "docker:index/remoteImage:RemoteImage":
      return {
        id: `id of ${String(given["name"])}`,
        state: { ...given, imageId: `sha256 of ${String(given["name"])}` },
      };
    case "pulumi:providers:docker":
    case "pulumi:providers:openstack":
      return { id: `id of ${name}`, state: given };
    case "openstack:networking/network:Network":
    case "openstack:networking/subnet:Subnet":
    case "openstack:networking/router:Router":
    case "openstack:networking/routerInterface:RouterInterface":
    case "openstack:networking/secGroup:SecGroup":
    case "openstack:networking/secGroupRule:SecGroupRule":
    case "openstack:networking/floatingIpAssociate:FloatingIpAssociate":
    case "openstack:compute/keypair:Keypair":
    case "openstack:compute/serverGroup:ServerGroup":
    case "openstack:compute/instance:Instance":
      return { id: `id of ${name}`, state: given };
    case "openstack:networking/port:Port":
      return { id: `id of ${name}`, state: { ...given, allFixedIps: mockedAddresses(given) } };
    case "openstack:networking/floatingIp:FloatingIp":
      return { id: `id of ${name}`, state: { ...given, address: mockedFloatingIp } };
    case "command:local:Command":
      return {
        id: `id of ${name}`,
        state: { ...given, stdout: printed(String(given["create"])), stderr: "" },
      };
    default:
      return fail(`the resource type ${type}`);
  }
}

/** The floating IP that a mocked cloud gives. */
export const mockedFloatingIp = "198.51.100.7";

/** A port's addresses: those that are asked for, else one of the mocked cloud's, after one of IPv6. */
function mockedAddresses({ fixedIps }: Inputs): string[] {
  const asked = (fixedIps ?? []) as { readonly ipAddress?: string }[];
  const own = asked.flatMap(({ ipAddress }) => ipAddress ?? []);
  return own.length > 0 ? own : ["2001:db8::7", "10.140.0.7"];
}

/** What a command prints. Errors: the mocks do not know the command. */
function printed(line: string): string {
  // What a host's shell is to run is one word of the line for this machine's.
  const command = /^ssh .* -T -- \S+ '(.*)'$/.exec(line)?.[1] ?? line;
  if (/^sh components\/target\/openstack\/await-host \d+ \S+ ssh .* -T -- \S+$/.test(command)) return "";
  if (
    /^sh components\/target\/hosts\/send-image (buswide\/\S+ ''|\S+ buswide\/sent:\w+) \S+ ssh .* -T -- \S+$/.test(
      command,
    )
  )
    return "";
  if (/^docker exec -i buswide-test-\S+ gateway \S+ set\b/.test(command)) return "";
  if (/^docker exec -i buswide-test-\S+ openstack-(catalog|fill)$/.test(command)) return "";
  if (
    /^docker exec -i buswide-test-\S+ (galera-members|database-(members|define)|metrics-targets|proxy-wait)$/.test(
      command,
    )
  )
    return "";
  if (/^docker exec -i buswide-test-\S+ bus-(joined|members|define|accounts|declare)$/.test(command))
    return "";
  // A router's, whose script is told on the standard input.
  if (/^docker exec -i buswide-test-\S+-router bash$/.test(command)) return "";
  if (command.includes("components/security/main.ts"))
    return JSON.stringify({ certificate: mockedCertificate, key: mockedKey });
  if (command.includes("randomBytes")) return mockedSecret;
  if (command.includes("workloads/runner/main.ts")) return JSON.stringify(mockedMeasurement);
  return fail(`the command ${line}`);
}

function fail(what: string): never {
  throw error(`the mocks do not know ${what}: teach them, or do not use it`);
}

/** An error as gRPC hands it on, of which the SDK reads the details. */
function error(message: string): Error {
  return Object.assign(new Error(message), { details: message });
}

function unwrap(value: unknown, path: string, secrets: string[]): unknown {
  if (pulumi.runtime.isRpcSecret(value)) {
    secrets.push(path);
    return unwrap(pulumi.runtime.unwrapRpcSecret(value), path, []);
  }
  if (Array.isArray(value)) return value.map((item, index) => unwrap(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unwrap(item, path ? `${path}.${key}` : key, secrets)]),
  );
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function keyOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return `${type} ${name}`;
}
