import {
  checks,
  configurationFile,
  proxyFiguresPort,
  renderHaproxy,
  type Section,
} from "../haproxy/configuration";
import { serversOf, type ControlPlanePlan, type PlannedProxy } from "./plan";
import { apis, type ApiService } from "./services";

/** The proxy's file. */
export const proxyFile = configurationFile;

/** Longer than any answer takes: a cell of Nova's that does not answer is waited for a minute. */
const timeout = "10m";

/**
 * How long a check may take of APIs whose few processes can all be at requests that wait for something else, a cell of Nova's that does
 * not answer or an image's data: longer than that minute. One that is gone refuses the connection, and is found at once all the same.
 */
const patience: Partial<Record<ApiService, string>> = { "nova-api": "75s", glance: "75s" };

/**
 * A site's HAProxy before those of its APIs that have several servers: each request goes to the next that answers, by a request of
 * its own every second. It says of itself, under the name of an API, whether all of that API's servers serve.
 */
export function renderProxy(
  plan: Pick<ControlPlanePlan, "services" | "replicas" | "scraped">,
  { apis: behind }: Pick<PlannedProxy, "apis">,
): string {
  return renderHaproxy(
    behind.flatMap((api) => sectionsOf(plan, api)),
    {
      timeout,
      health: [
        "monitor-uri /",
        ...behind.map(
          (api) =>
            `http-request return status 200 if { path /${api} } { nbsrv(${api}) ge ${serversOf(plan, api).length} }`,
        ),
        "http-request return status 503",
      ],
      figuresPort: plan.scraped === undefined ? undefined : proxyFiguresPort,
    },
  );
}

function sectionsOf(plan: Pick<ControlPlanePlan, "services" | "replicas">, api: ApiService): Section[] {
  const { port, health } = apis[api];
  const servers = serversOf(plan, api).map(({ site, service, address }) => ({
    name: `${site}-${service}`,
    host: `${address}:${port}`,
  }));
  const data = api === "glance" ? glanceData(servers) : undefined;
  const longest = patience[api];
  return [
    [
      `frontend ${api}`,
      "mode http",
      `bind *:${port}`,
      ...(data ? [`use_backend ${dataOfGlance} if { path_reg ${pathsOfData} }`] : []),
      `default_backend ${api}`,
    ],
    [
      `backend ${api}`,
      "mode http",
      "balance roundrobin",
      "option redispatch",
      `option httpchk GET ${health}`,
      "http-check expect status 200-399",
      ...(longest === undefined ? [] : [`timeout check ${longest}`]),
      `default-server check ${checks}`,
      ...servers.map(({ name, host }) => `server ${name} ${host}`),
    ],
    ...(data ? [data] : []),
  ];
}

const dataOfGlance = "glance-data";
/** Requests with an image's data, up or down (Image API v2). */
const pathsOfData = "^/v2/images/[^/]+/(file|stage|import)$";

/**
 * Each of Glance's servers keeps files of its own: which of them has an image's is decided by the image's identity, and by nothing else. None of
 * them is checked: another one that was asked while that is away would not have it, or keep what nobody finds later.
 */
function glanceData(servers: readonly { readonly name: string; readonly host: string }[]): Section {
  return [
    `backend ${dataOfGlance}`,
    "mode http",
    // Three levels are /v2/images/<identity>.
    "balance uri depth 3",
    "hash-type consistent",
    ...servers.map(({ name, host }) => `server ${name} ${host}`),
  ];
}
