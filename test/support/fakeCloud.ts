import { createServer, type IncomingMessage, type Server } from "http";
import type { AddressInfo } from "net";

/** What a request was. */
export interface CloudRequest {
  readonly method: string;
  /** Service and path with its query: `compute /limits`. */
  readonly what: string;
  readonly token: string | undefined;
  readonly microversion: string | undefined;
}

export type Answers = Readonly<Record<string, unknown>>;

/** Answers to a path that are no success. */
export class Refused {
  constructor(
    readonly status: number,
    readonly message: string,
  ) {}
}

/** The APIs of a cloud that has what it is told to have, over HTTP. */
export class FakeCloud {
  readonly requests: CloudRequest[] = [];
  /** Bodies of requests for tokens. */
  readonly logins: unknown[] = [];
  /** What services have, by service and path; a path's query counts where there is an entry with it. */
  answers: Answers = {};
  /** Whether Keystone takes whatever it is given. */
  open = true;

  private constructor(private readonly server: Server) {
    server.on("request", (request, response) => {
      void this.#answer(request).then(({ status, body, headers = {} }) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<FakeCloud> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new FakeCloud(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body: unknown; headers?: Record<string, string> }> {
    const url = new URL(request.url ?? "/", this.url);
    let text = "";
    for await (const part of request) text += String(part);
    if (url.pathname === "/identity/v3/auth/tokens") {
      this.logins.push(JSON.parse(text));
      if (!this.open) return { status: 401, body: { error: { message: "no" } } };
      return { status: 201, body: this.#token(), headers: { "x-subject-token": "the-token" } };
    }
    const [, service = "", ...rest] = url.pathname.split("/");
    const path = `/${rest.join("/").replace(/^(v2\.1|v2\.0|v2)\//, "")}`;
    const what = `${service} ${path}${url.search}`;
    const header = (name: string) => {
      const value = request.headers[name];
      return typeof value === "string" ? value : undefined;
    };
    this.requests.push({
      method: request.method ?? "",
      what,
      token: header("x-auth-token"),
      microversion: header("openstack-api-version"),
    });
    const found = this.answers[what] ?? this.answers[`${service} ${path}`];
    if (found instanceof Refused)
      return { status: found.status, body: { itemNotFound: { message: found.message } } };
    return found === undefined
      ? { status: 404, body: { itemNotFound: { message: `no ${what}` } } }
      : { status: 200, body: found };
  }

  #token() {
    const endpoints = (service: string, version: string) =>
      ["one", "two"].map((region) => ({
        interface: "public",
        region,
        url: `${this.url}/${service}${region === "one" ? version : "/elsewhere"}`,
      }));
    return {
      token: {
        project: { id: "p1" },
        catalog: [
          { type: "compute", endpoints: endpoints("compute", "/v2.1") },
          { type: "image", endpoints: endpoints("image", "") },
          { type: "network", endpoints: endpoints("network", "/") },
        ],
      },
    };
  }
}

/** A cloud that has room for everything, and nothing in it but what scenarios of tests use. */
export function roomyCloud(): Record<string, unknown> {
  const flavor = (id: string, name: string, vcpus: number) => ({
    id,
    name,
    vcpus,
    ram: 2048 * vcpus,
    disk: 20,
  });
  const quota = (limit: number, used: number) => ({ limit, used, reserved: 0 });
  const image = { name: "debian-12", status: "active", min_disk: 2, min_ram: 0 };
  return {
    "compute /limits": {
      limits: {
        absolute: {
          maxTotalInstances: 10,
          totalInstancesUsed: 2,
          maxTotalCores: 20,
          totalCoresUsed: 4,
          maxTotalRAMSize: 51_200,
          totalRAMUsed: 8192,
          maxTotalKeypairs: 100,
          maxServerGroups: 10,
          totalServerGroupsUsed: 0,
        },
      },
    },
    "compute /flavors/detail": { flavors: [flavor("f1", "m1.small", 1), flavor("f2", "m1.large", 4)] },
    "compute /flavors/detail?marker=f2": { flavors: [] },
    "compute /servers/detail": { servers: [] },
    "compute /os-keypairs": { keypairs: [{ keypair: { name: "mine" } }] },
    "compute /os-server-groups": { server_groups: [] },
    "image /images": { images: [image] },
    "network /networks": { networks: [] },
    "network /networks?name=public": {
      networks: [{ id: "n1", name: "public", "router:external": true, mtu: 1500 }],
    },
    "network /subnets": { subnets: [] },
    "network /routers": { routers: [] },
    "network /ports": { ports: [] },
    "network /security-groups": { security_groups: [] },
    "network /floatingips": { floatingips: [] },
    "network /quotas/p1/details.json": {
      quota: {
        network: quota(100, 1),
        subnet: quota(100, 1),
        router: quota(10, 1),
        port: quota(500, 10),
        security_group: quota(10, 1),
        security_group_rule: quota(100, 4),
        floatingip: quota(50, 0),
        rbac_policy: quota(10, 0),
      },
    },
  };
}
