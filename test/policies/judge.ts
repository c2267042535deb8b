import type {
  PolicyResource,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy";
import { CloudInfrastructure } from "../../components/target/openstack/infrastructure";
import { deployed } from "../support/experiments";
import { record, type Registration } from "../support/mocks";
import { plannedCloud } from "../support/openstack";

/** A resource as a policy is shown it. */
export interface Judged {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** The component that it is of. */
  readonly parent?: Pick<Judged, "type" | "name">;
}

const internals = proxy as unknown as {
  /** Makes what a preview does not know throw when it is read, as the pack's server does. */
  readonly unknownCheckingProxy: (props: object) => Record<string, unknown>;
  readonly unknownStringValue: string;
};

/** A value that a preview does not know yet. */
export const unknownValue = internals.unknownStringValue;

/** What a policy of resources says of these, in their order. */
export async function judge(
  policy: ResourceValidationPolicy,
  resources: readonly Judged[],
  configuration: object = {},
): Promise<string[]> {
  const messages: string[] = [];
  const checks = [policy.validateResource ?? []].flat();
  for (const resource of resources)
    for (const check of checks)
      try {
        await check(argumentsOf(resource, configuration), (message) => messages.push(message));
      } catch (error) {
        // A policy of one type says of every other type that it does not apply; the pack's server takes it for content.
        if (!(error instanceof NotApplicable)) throw error;
      }
  return messages;
}

/** What a policy of stacks says of these resources together: message, and name of the resource it is said of. */
export async function judgeStack(
  policy: StackValidationPolicy,
  resources: readonly Judged[],
  configuration: object = {},
): Promise<[string, string | undefined][]> {
  const messages: [string, string | undefined][] = [];
  await policy.validateStack(
    {
      resources: resources.map(stackResource),
      stackTags: new Map(),
      getConfig: (() => configuration) as ResourceValidationArgs["getConfig"],
      notApplicable,
    },
    (message, urn) => messages.push([message, urn?.split("::").at(-1)]),
  );
  return messages;
}

/** A container called `box`. */
export function container(props: Readonly<Record<string, unknown>>, name = "box"): Judged {
  return { type: "docker:index/container:Container", name, props };
}

/** The resources of a deployed scenario: with their inputs, and with the outputs that components give out. */
export async function deployedResources(
  raw: unknown,
  controlGroups: 1 | 2 = 1,
): Promise<{ readonly inputs: readonly Judged[]; readonly outputs: readonly Judged[] }> {
  const { registrations } = await deployed(raw, {}, controlGroups);
  const judged = (props: (one: Registration) => Readonly<Record<string, unknown>>) =>
    registrations.map((one) => ({ type: one.type, name: one.name, props: props(one) }));
  return {
    inputs: judged(({ inputs }) => inputs),
    outputs: judged(({ inputs, outputs }) => outputs ?? inputs),
  };
}

/**
 * What is registered for a scenario whose hosts are made in a cloud, each with what it is a child of: as the engine shows it to a policy
 * of stacks, of components what they give out alone.
 */
export async function cloudResources(raw: unknown): Promise<readonly Judged[]> {
  const { registrations } = await record(
    () => new CloudInfrastructure("cloud", { plan: plannedCloud(raw) }).hosts.size,
  );
  const typeOf = new Map(registrations.map(({ name, type }) => [name, type]));
  return registrations.map(({ type, name, inputs, outputs, parent }) => ({
    type,
    name,
    props: outputs ?? inputs,
    ...(parent === undefined ? {} : { parent: { name: parent, type: typeOf.get(parent) ?? "" } }),
  }));
}

type Args = Parameters<ResourceValidation>[0];

function argumentsOf({ type, name, props }: Judged, configuration: object): Args {
  const checked = internals.unknownCheckingProxy(props);
  const isType: ResourceValidationArgs["isType"] = (resourceClass) => pulumiType(resourceClass) === type;
  return {
    type,
    name,
    props: checked,
    urn: urnOf(type, name),
    opts: options,
    stackTags: new Map(),
    isType,
    // The library, too, hands on what it has as what it should be.
    asType: ((resourceClass: object) =>
      pulumiType(resourceClass) === type ? checked : undefined) as ResourceValidationArgs["asType"],
    getConfig: (() => configuration) as ResourceValidationArgs["getConfig"],
    notApplicable,
  };
}

function stackResource({ type, name, props, parent }: Judged): PolicyResource {
  const checked = internals.unknownCheckingProxy(props);
  return {
    type,
    name,
    props: checked,
    urn: urnOf(type, name),
    opts: options,
    ...(parent ? { parent: stackResource({ ...parent, props: {} }) } : {}),
    dependencies: [],
    propertyDependencies: {},
    isType: (resourceClass) => pulumiType(resourceClass) === type,
    asType: ((resourceClass: object) =>
      pulumiType(resourceClass) === type ? checked : undefined) as PolicyResource["asType"],
  };
}

const options = {
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

function pulumiType(resourceClass: object): unknown {
  return (resourceClass as { readonly __pulumiType?: unknown }).__pulumiType;
}

function urnOf(type: string, name: string): string {
  return `urn:pulumi:test::buswide::${type}::${name}`;
}

class NotApplicable extends Error {}

function notApplicable(reason?: string): never {
  throw new NotApplicable(reason);
}
