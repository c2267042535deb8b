import { targetOf, type StatementTarget } from "./databases";
import type { TracedServices } from "./input";
import { hostOf, portOf } from "./naming";
import { serviceOf, type Place, type ToldOfExchange } from "./spans";

type Addressed = Pick<
  TracedServices,
  "services" | "computes" | "proxies" | "databases" | "servers" | "apart" | "single"
>;

/** The services of a deployed system by what messages, requests and statements are addressed to. */
export class Addresses {
  private readonly places: ReadonlyMap<string, Place>;
  private readonly serversOf = new Map<string, Place[]>();

  constructor(private readonly services: Addressed) {
    const all = [...services.services, ...services.computes];
    this.places = new Map(
      all.flatMap((service) =>
        [service.address, ...service.hosts].map((called): [string, Place] => [called, placeOf(service)]),
      ),
    );
    for (const service of all)
      this.serversOf.set(serviceOf(service), [
        ...(this.serversOf.get(serviceOf(service)) ?? []),
        placeOf(service),
      ]);
  }

  /** Whom a message to one server of a topic, or a request, goes to; undefined: its address is nobody's, or it has none. */
  of({ http, rpc }: ToldOfExchange): Place | undefined {
    if (!http) return rpc?.server ? this.places.get(rpc.server) : undefined;
    const [address, port] = [hostOf(http.url), portOf(http.url)];
    const proxy = this.services.proxies?.find((one) => one.address === address && one.port === port);
    if (proxy !== undefined) return this.anyOf(proxy.of);
    return address === undefined ? undefined : this.places.get(address);
  }

  /** Where a statement goes; undefined: nobody knows. */
  ofStatement(from: Place, told: ToldOfExchange): StatementTarget | undefined {
    return targetOf(this.services, from, told);
  }

  /**
   * A service, nobody knowing which of its servers, which are all at one site; undefined: there is none.
   * @param service The name of its first server.
   */
  anyOf(service: string): Place | undefined {
    const [first, ...others] = this.serversOf.get(service) ?? [];
    if (first === undefined || others.length === 0) return first;
    return { ...first, name: `${service} (any of ${1 + others.length})`, replicaOf: service };
  }
}

/** A service as whoever has to do with it. */
export function placeOf({ name, site, replicaOf, cell }: Place): Place {
  return {
    ...{ name, site },
    ...(replicaOf === undefined ? {} : { replicaOf }),
    ...(cell === undefined ? {} : { cell }),
  };
}
