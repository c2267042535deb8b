/** The services of a control plane that a scenario can place, each a container. */
export const placedServices = [
  "keystone",
  "placement",
  "glance",
  "nova-api",
  "nova-conductor",
  "nova-scheduler",
  "neutron",
] as const;
export type PlacedService = (typeof placedServices)[number];

/** What a service with an API is, to its clients. */
export interface Api {
  readonly port: number;
  /** What its URLs begin with. */
  readonly path: string;
  /** Its type in the catalog (https://service-types.openstack.org). */
  readonly type: string;
  /** What the catalog, and its user, call it. */
  readonly user: string;
  /** A request that needs no token and that it answers well. */
  readonly health: string;
}

export const apis = {
  keystone: { port: 5000, path: "/v3", type: "identity", user: "keystone", health: "/v3" },
  placement: { port: 8778, path: "", type: "placement", user: "placement", health: "/" },
  glance: { port: 9292, path: "", type: "image", user: "glance", health: "/versions" },
  "nova-api": { port: 8774, path: "/v2.1", type: "compute", user: "nova", health: "/" },
  neutron: { port: 9696, path: "", type: "network", user: "neutron", health: "/" },
} as const satisfies { readonly [S in PlacedService]?: Api };
export type ApiService = keyof typeof apis;

export function isApi(service: PlacedService): service is ApiService {
  return Object.hasOwn(apis, service);
}

/** Services that are called over the bus, or call others there: all others need no account on it. */
export const servicesOnBus: readonly PlacedService[] = [
  "nova-api",
  "nova-conductor",
  "nova-scheduler",
  "neutron",
];
