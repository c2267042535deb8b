import { parse } from "yaml";

interface CloudsFile {
  readonly clouds: Readonly<
    Record<
      string,
      {
        readonly auth: {
          readonly auth_url: string;
          readonly username: string;
          readonly password: string;
          readonly project_name: string;
        };
        readonly region_name: string;
      }
    >
  >;
}

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly url: string;
    readonly region: string;
  }[];
}

/** A server as Nova shows it to an administrator. */
export interface NovaServer {
  readonly id: string;
  readonly status: string;
  readonly "OS-EXT-SRV-ATTR:host": string;
  /** Why it is in `ERROR`. */
  readonly fault?: { readonly code: number; readonly message: string; readonly details?: string };
}

/** An OpenStack cloud by its APIs, asked over HTTP as any client would. */
export class OpenstackCloud {
  private constructor(
    private readonly token: string,
    private readonly catalog: readonly CatalogEntry[],
    private readonly region: string,
    readonly password: string,
  ) {}

  /** Logs in by a cloud of a `clouds.yaml`. Errors: there is no such cloud; Keystone refuses, or does not answer. */
  static async connect(clouds: string, name: string): Promise<OpenstackCloud> {
    const { auth, region_name: region } = (parse(clouds) as CloudsFile).clouds[name] ?? {};
    if (!auth || region === undefined) throw new Error(`${name} is not in the file`);
    const domain = { id: "default" };
    const answer = await fetch(`${auth.auth_url}/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ["password"],
            password: { user: { name: auth.username, password: auth.password, domain } },
          },
          scope: { project: { name: auth.project_name, domain } },
        },
      }),
    }).catch((error: unknown) => {
      // What fetch itself says is no more than that it failed.
      const { cause } = error as Error;
      const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(error);
      throw new Error(`POST /auth/tokens: no answer: ${why}`, { cause: error });
    });
    if (!answer.ok) throw new Error(`POST /auth/tokens: ${answer.status} ${await answer.text()}`);
    const { token } = (await answer.json()) as { token: { catalog: CatalogEntry[] } };
    const given = answer.headers.get("x-subject-token") ?? "";
    return new OpenstackCloud(given, token.catalog, region, auth.password);
  }

  /** The same region as one who has another's token. */
  withTokenOf(other: OpenstackCloud): OpenstackCloud {
    return new OpenstackCloud(other.token, this.catalog, this.region, this.password);
  }

  /** Asks the service of a type. Errors: its answer is none of success. */
  async ask<T>(type: string, path: string, method = "GET", body?: object): Promise<T> {
    const text = await (await this.#answer(type, path, method, body)).text();
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** What the service of a type answers that is no JSON. Errors: as above. */
  async bytes(type: string, path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#answer(type, path, "GET")).arrayBuffer());
  }

  /** Puts content that is no JSON. Errors: as above. */
  async upload(type: string, path: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#answer(type, path, "PUT", content);
  }

  async #answer(
    type: string,
    path: string,
    method: string,
    body?: object | Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const entry = this.catalog.find((one) => one.type === type);
    const url = entry?.endpoints.find((one) => one.interface === "public" && one.region === this.region)?.url;
    if (url === undefined) throw new Error(`the catalog has no ${type}`);
    const raw = body instanceof Uint8Array;
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        "content-type": raw ? "application/octet-stream" : "application/json",
        "x-auth-token": this.token,
        "openstack-api-version": "compute 2.74",
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** Boots a server of the flavor, image and network that a stack has, on one host. Returns its last state. */
  async boot(name: string, host: string, timeoutSeconds = 60): Promise<NovaServer> {
    const { flavors } = await this.ask<{ flavors: { id: string }[] }>("compute", "/flavors");
    const { images } = await this.ask<{ images: { id: string }[] }>("image", "/v2/images");
    const { networks } = await this.ask<{ networks: { id: string }[] }>("network", "/v2.0/networks");
    const { server } = await this.ask<{ server: { id: string } }>("compute", "/servers", "POST", {
      server: {
        name,
        host,
        flavorRef: flavors[0]?.id,
        imageRef: images[0]?.id,
        networks: [{ uuid: networks[0]?.id }],
      },
    });
    const end = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const shown = await this.ask<{ server: NovaServer }>("compute", `/servers/${server.id}`);
      if (shown.server.status !== "BUILD" || Date.now() > end) return shown.server;
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  /** Waits until each host's nova-compute has reported since then. Errors: one does not. */
  async reported(hosts: readonly string[], since: Date, timeoutSeconds = 90): Promise<void> {
    const end = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const { services } = await this.ask<{ services: { host: string; updated_at: string | null }[] }>(
        "compute",
        "/os-services?binary=nova-compute",
      );
      const silent = hosts.filter((host) => {
        const { updated_at: at } = services.find((service) => service.host === host) ?? {};
        return !at || new Date(`${at}Z`) <= since;
      });
      if (silent.length === 0) return;
      if (Date.now() > end) throw new Error(`${silent.join(", ")} did not report in ${timeoutSeconds} s`);
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  /** Deletes a server, and waits until it is gone. Errors: it stays. */
  async delete(id: string, timeoutSeconds = 60): Promise<void> {
    await this.ask("compute", `/servers/${id}`, "DELETE");
    const end = Date.now() + timeoutSeconds * 1000;
    for (;;) {
      const { servers } = await this.ask<{ servers: { id: string }[] }>("compute", "/servers");
      if (!servers.some((server) => server.id === id)) return;
      if (Date.now() > end) throw new Error(`the server ${id} is not deleted after ${timeoutSeconds} s`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}
