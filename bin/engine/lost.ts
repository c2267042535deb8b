import type { StackState, StateResource } from "./state";

/** What refers to other resources in a state, besides what {@link StateResource} has. */
interface Linked extends StateResource {
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly deletedWith?: string;
}

/**
 * The same state without all that is on a host which is gone for good: what its engine had, and what was set in its containers or
 * given to it. The next update makes it anew wherever it is to be then; nothing is removed on the host.
 */
export function withoutHost(state: StackState, host: string): StackState {
  const resources = (state.deployment.resources ?? []) as readonly Linked[];
  const provider = resources.find(
    ({ urn, type }) => type === "pulumi:providers:docker" && urn.split("::").at(-1) === `target-${host}`,
  );
  const onEngine = resources.filter(
    (resource) =>
      provider !== undefined && (resource === provider || resource.provider?.startsWith(`${provider.urn}::`)),
  );
  const ids = new Set(onEngine.flatMap(({ id }) => id ?? []));
  const gone = new Set(
    [...onEngine, ...resources.filter((resource) => isSetThere(resource, host, ids))].map(({ urn }) => urn),
  );
  const stays = (urns: readonly string[]) => urns.filter((urn) => !gone.has(urn));
  const left = resources
    .filter(({ urn }) => !gone.has(urn))
    .map((resource) => ({
      ...resource,
      ...(resource.dependencies ? { dependencies: stays(resource.dependencies) } : {}),
      ...(resource.propertyDependencies
        ? {
            propertyDependencies: Object.fromEntries(
              Object.entries(resource.propertyDependencies).map(([name, urns]) => [
                name,
                urns && stays(urns),
              ]),
            ),
          }
        : {}),
      ...(resource.deletedWith !== undefined && gone.has(resource.deletedWith) ? { deletedWith: "" } : {}),
    }));
  return { ...state, deployment: { ...state.deployment, resources: left } };
}

/** Whether a command set something in one of the containers, which it has the id of in its triggers, or gave the host an image. */
function isSetThere({ type, inputs }: Linked, host: string, ids: ReadonlySet<string>): boolean {
  if (type !== "command:local:Command") return false;
  const { triggers, environment } = inputs ?? {};
  if ((environment as Record<string, unknown> | undefined)?.BUSWIDE_HOST === host) return true;
  return (
    Array.isArray(triggers) && triggers.some((trigger) => typeof trigger === "string" && ids.has(trigger))
  );
}
