import * as http from "http";
import * as https from "https";
import { z } from "zod";
import type { Credentials } from "./credentials";

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
  ) {}

  /** Errors: {@link CloudError}: Keystone does not answer, refuses, or its catalog lacks a service. */
  static async connect(credentials: Credentials): Promise<CloudClient> {
    const url = `${credentials.authUrl}/auth/tokens`;
    const answer = await send(url, credentials.trust, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth: credentials.auth }),
    });
    if (answer.status === 401)
      throw new CloudError(`${credentials.authUrl} refuses the credentials (401): renew them`, 401);
    const token = answer.headers["x-subject-token"];
    if (answer.status !== 201 || typeof token !== "string")
      throw new CloudError(
        `${credentials.authUrl} answers ${answer.status} to a request for a token`,
        answer.status,
      );
    const parsed = tokenAnswer.safeParse(jsonOf(answer.body));
    if (!parsed.success)
      throw new CloudError(`${credentials.authUrl} gives a token of no project, or without a catalog`);
    const { project, catalog } = parsed.data.token;
    const endpoint = (service: CloudService): string => {
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
      return found.url.replace(/\/+$/, "");
    };
    return new CloudClient(project.id, credentials, token, {
      compute: endpoint("compute"),
      image: `${endpoint("image").replace(/\/v2$/, "")}/v2`,
      network: `${endpoint("network").replace(/\/v2\.0$/, "")}/v2.0`,
    });
  }

  /**
   * Reads what a service has at a path, in a shape.
   * @param microversion Of Nova's API; default: its oldest.
   * Errors: {@link CloudError}.
   */
  async get<T>(service: CloudService, path: string, shape: z.ZodType<T>, microversion?: string): Promise<T> {
    const { status, body } = await send(`${this.endpoints[service]}${path}`, this.credentials.trust, {
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
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function send(
  url: string,
  trust: Credentials["trust"],
  {
    method,
    headers,
    body = "",
  }: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<Answer> {
  return new Promise((done, failed) => {
    const fail = (why: string) => failed(new CloudError(`no answer from ${new URL(url).origin}: ${why}`));
    const options = {
      method,
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      timeout: timeoutMs,
    };
    const secure = url.startsWith("https:");
    const take = (response: http.IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", (error) => fail(error.message));
      response.on("end", () =>
        done({
          status: response.statusCode ?? 0,
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
