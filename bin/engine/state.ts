import { containersOf } from "../../components/plan/containers";
import type { Plan } from "../../components/plan/plan";
import type { CloudPlace } from "../../components/target/openstack/api/found";
import { dockerName } from "../../components/target/names";

/** A resource as a stack's state has it; of its properties, those that are looked at. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly parent?: string;
  /** When it was made and when it was last changed, RFC 3339. */
  readonly created?: string;
  readonly modified?: string;
  /** What the program says of it; secrets encrypted. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** It is to be deleted, as its replacement is there. */
  readonly delete?: boolean;
}

/** A stack's state as exported, secrets encrypted. */
export interface StackState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

const containerType = "docker:index/container:Container";
const networkType = "docker:index/network:Network";
const commandType = "command:local:Command";
const measurementType = "buswide:workload:Measurement$command:local:Command";

/** What a state says there is in Docker: URN by id. */
export function statedIds(state: StackState): {
  containers: Map<string, string>;
  networks: Map<string, string>;
} {
  const ids = (type: string) =>
    new Map(
      (state.deployment.resources ?? []).flatMap((resource) =>
        resource.type === type && resource.id ? [[resource.id, resource.urn] as const] : [],
      ),
    );
  return { containers: ids(containerType), networks: ids(networkType) };
}

/** The URNs of a state's measuring commands. */
export function measurementUrns(state: StackState): string[] {
  return (state.deployment.resources ?? []).map(({ urn }) => urn).filter(isMeasurement);
}

/** Whether a URN is that of the command that measures. */
export function isMeasurement(urn: string): boolean {
  return urn.split("::")[2]?.endsWith(measurementType) ?? false;
}

/** Whether a URN is that of the measurement or of a part of it. */
export function isOfMeasurement(urn: string): boolean {
  return urn.split("::")[2]?.startsWith("buswide:workload:Measurement") ?? false;
}

/** Names of a state's containers that a plan has not, `<site>-<service>` each. */
export function containersToGo(state: StackState, plan: Plan): string[] {
  const planned = new Set(containersOf(plan).map((name) => dockerName(plan.stack, name)));
  return (state.deployment.resources ?? []).flatMap(({ type, inputs }) =>
    type === containerType && typeof inputs?.name === "string" && !planned.has(inputs.name)
      ? [inputs.name]
      : [],
  );
}

/** An image that a host was given: which command did it. */
export interface SentImage {
  readonly urn: string;
  readonly host: string;
  readonly image: string;
}

/** Images that a state says hosts were given. */
export function sentImages({ deployment }: StackState): SentImage[] {
  return (deployment.resources ?? []).flatMap(({ urn, type, inputs, delete: replaced }) => {
    const { BUSWIDE_HOST: host, BUSWIDE_IMAGE: image } = (inputs?.environment ?? {}) as Record<
      string,
      unknown
    >;
    return type === commandType && replaced !== true && typeof host === "string" && typeof image === "string"
      ? [{ urn, host, image }]
      : [];
  });
}

/** Whether a resource is a container of a bus, the scenario's or a site's own, whatever kind of bus it is. */
export function isOfBus({ urn, type }: StateResource): boolean {
  const types = urn.split("::")[2]?.split("$") ?? [];
  return type === containerType && types.some((one) => one.startsWith("buswide:bus:"));
}

/** What an operation was at when it was killed, for people; empty if it was not. */
export function pendingOperations(state: StackState): string[] {
  return (state.deployment.pending_operations ?? []).map(
    ({ type, resource }) => `${type} ${resource.urn.split("::").at(-1) ?? resource.urn}`,
  );
}

/** The same state with nothing pending. */
export function withoutPending(state: StackState): StackState {
  return { ...state, deployment: { ...state.deployment, pending_operations: [] } };
}

/** Whether a state has resources of an OpenStack cloud, which take a plugin of their own to remove. */
export function hasOpenstack(state: StackState): boolean {
  return (state.deployment.resources ?? []).some(({ type }) => type.startsWith("openstack:"));
}

/** Where in a cloud a state's resources are, as their security groups say; undefined: there are none. */
export function cloudPlaceOf({ deployment }: StackState): Partial<CloudPlace> | undefined {
  const outputs = (deployment.resources ?? []).find(
    ({ type }) => type === "openstack:networking/secGroup:SecGroup",
  )?.outputs;
  if (!outputs) return undefined;
  const { tenantId, region } = outputs;
  return {
    ...(typeof tenantId === "string" && tenantId !== "" ? { project: tenantId } : {}),
    ...(typeof region === "string" && region !== "" ? { region } : {}),
  };
}

/** The instances of a cloud that are hosts of these names, by URN. */
export function instancesOf(state: StackState, hosts: readonly string[]): string[] {
  return (state.deployment.resources ?? []).flatMap(({ urn, type }) =>
    type === "openstack:compute/instance:Instance" &&
    hosts.some((host) => urn.endsWith(`::cloud-host-${host}-instance`))
      ? [urn]
      : [],
  );
}
