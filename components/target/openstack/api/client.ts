import * as http from "http";
import * as https from "https";
import { z } from "zod";
import type { Credentials } from "./credentials";
import { proxyAgent, proxyOf } from "./proxy";

/** A cloud that does not answer as it should. Its message has no credentials. */
export class CloudError extends Error {
  override readonly name = "CloudError";
  constructor(
    message: string,
    /** HTTP's status; absent: there was no answer. */
    readonly status?: number,
  ) {
    super(message);
  }
}

export type CloudService = "compute" | "image" | "network";

const tokenAnswer = z.object({
  token: z.object({
    project: z.object({ id: z.string() }),
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(
          z.object({
            interface: z.string(),
            url: z.string(),
            region: z.string().nullish(),
            region_id: z.string().nullish(),
          }),
        ),
      }),
    ),
  }),
});

const timeoutMs = 30_000;

/** A cloud's APIs, read with a user's credentials. */
export class CloudClient {
  private constructor(
    readonly projectId: string,
    private readonly credentials: Credentials,
    private readonly token: string,
    private readonly endpoints: Readonly<Record<CloudService, string>>,
    private readonly environment: Environment,
    /** The region whose services are asked; absent: the cloud's have no names. */
    readonly region?: string,
  ) {}

  /**
   * @param environment Says by which proxy it is reached, if by any.
   * Errors: {@link CloudError}: Keystone does not answer, refuses, or its catalog lacks a service.
   */
  static async connect(
    credentials: Credentials,
    environment: Environment = process.env,
  ): Promise<CloudClient> {
    const url = `${credentials.authUrl}/auth/tokens`;
    const answer = await send(url, credentials, environment, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth: credentials.auth }),
    });
    if (answer.status === 401)
      throw new CloudError(`${credentials.authUrl} refuses the credentials (401): renew them`, 401);
    const token = answer.headers["x-subject-token"];
    if (answer.status !== 201 || typeof token !== "string")
      throw new CloudError(
        `${credentials.authUrl} answers ${answer.status}${answer.by} to a request for a token`,
        answer.status,
      );
    const parsed = tokenAnswer.safeParse(jsonOf(answer.body));
    if (!parsed.success)
      throw new CloudError(`${credentials.authUrl} gives a token of no project, or without a catalog`);
    const { project, catalog } = parsed.data.token;
    const endpoint = (service: CloudService): { readonly url: string; readonly region?: string } => {
      const all = catalog.filter(({ type }) => type === service).flatMap((one) => one.endpoints);
      const regions = [...new Set(all.map(({ region, region_id: id }) => region ?? id ?? ""))];
      const wanted = credentials.region;
      const found = all.find(
        ({ interface: name, region, region_id: id }) =>
          name === credentials.interface && (wanted === undefined || wanted === (region ?? id)),
      );
      if (!found)
        throw new CloudError(
          `the cloud's catalog has no ${credentials.interface} endpoint of ${service}${wanted === undefined ? "" : ` in the region "${wanted}"; its regions are ${regions.join(", ") || "none"}`}`,
        );
      const of = found.region ?? found.region_id;
      return { url: found.url.replace(/\/+$/, ""), ...(of ? { region: of } : {}) };
    };
    const [compute, image, network] = [endpoint("compute"), endpoint("image"), endpoint("network")];
    const endpoints = {
      compute: compute.url,
      image: `${image.url.replace(/\/v2$/, "")}/v2`,
      network: `${network.url.replace(/\/v2\.0$/, "")}/v2.0`,
    };
    return new CloudClient(project.id, credentials, token, endpoints, environment, network.region);
  }

  /**
   * Reads what a service has at a path, in a shape.
   * @param microversion Of Nova's API; default: its oldest.
   * Errors: {@link CloudError}.
   */
  async get<T>(service: CloudService, path: string, shape: z.ZodType<T>, microversion?: string): Promise<T> {
    const url = `${this.endpoints[service]}${path}`;
    const { status, body } = await send(url, this.credentials, this.environment, {
      method: "GET",
      headers: {
        accept: "application/json",
        "x-auth-token": this.token,
        ...(microversion === undefined
          ? {}
          : {
              "openstack-api-version": `compute ${microversion}`,
              "x-openstack-nova-api-version": microversion,
            }),
      },
    });
    if (status !== 200)
      throw new CloudError(`GET ${path} of ${service}: ${status} ${messageIn(body)}`, status);
    const parsed = shape.safeParse(jsonOf(body));
    if (!parsed.success) throw new CloudError(`GET ${path} of ${service}: an answer of another shape`);
    return parsed.data;
  }

  /** The same; undefined where there is no such thing, or it may not be read. */
  async find<T>(
    service: CloudService,
    path: string,
    shape: z.ZodType<T>,
    microversion?: string,
  ): Promise<T | undefined> {
    try {
      return await this.get(service, path, shape, microversion);
    } catch (error) {
      if (error instanceof CloudError && (error.status === 404 || error.status === 403)) return undefined;
      throw error;
    }
  }
}

interface Answer {
  readonly status: number;
  /** By which proxy it has come, in words, which may have answered itself; empty: by none. */
  readonly by: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function send(
  url: string,
  { trust, certificate }: Pick<Credentials, "trust" | "certificate">,
  environment: Environment,
  {
    method,
    headers,
    body = "",
  }: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<Answer> {
  return new Promise((done, failed) => {
    const proxy = proxyOf(url, environment);
    const by = proxy ? ` by the proxy ${proxy.host}` : "";
    const fail = (why: string) =>
      failed(new CloudError(`no answer from ${new URL(url).origin}${by}: ${why}`));
    const agent = proxy && proxyAgent(proxy, url);
    if (proxy && !agent) {
      fail("it is no HTTP proxy, and no other is known here: name one, or the cloud in NO_PROXY");
      return;
    }
    const options = {
      method,
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      timeout: timeoutMs,
      ...(agent ? { agent } : {}),
    };
    const secure = url.startsWith("https:");
    const take = (response: http.IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", (error) => fail(error.message));
      response.on("end", () =>
        done({
          status: response.statusCode ?? 0,
          by,
          headers: response.headers,
          body: Buffer.concat(parts).toString("utf8"),
        }),
      );
    };
    const request = secure
      ? https.request(
          url,
          {
            ...options,
            ...(trust === false ? { rejectUnauthorized: false } : trust === undefined ? {} : { ca: trust }),
            ...certificate,
          },
          take,
        )
      : http.request(url, options, take);
    request.on("timeout", () => request.destroy(new Error(`not within ${timeoutMs / 1000} s`)));
    request.on("error", (error) => fail(error.message));
    request.end(body);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No shape fits it, which is what is then said.
    return undefined;
  }
}

/** What a service says of an error, as its APIs have it: `{ "<kind>": { "message": … } }`. */
function messageIn(body: string): string {
  const parsed = z.record(z.string(), z.object({ message: z.string() })).safeParse(jsonOf(body));
  return parsed.success ? (Object.values(parsed.data)[0]?.message ?? "") : body.slice(0, 200);
}
