import { strictEqual } from "assert";
import { execa } from "execa";
import { join, resolve } from "path";
import { z } from "zod";

const root = resolve(__dirname, "../..");

const output = z.object({ kind: z.literal("prometheus"), site: z.string(), url: z.url() });
const answer = z.object({
  status: z.literal("success"),
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

/** The Prometheus of a deployed stack, as a person on the machine reaches it. */
export class PrometheusPages {
  private constructor(
    readonly site: string,
    readonly url: string,
  ) {}

  /** By the stack's outputs. */
  static async of(stack: string): Promise<PrometheusPages> {
    const command = ["stack", "output", "metrics", "--json", "-s", stack];
    const { stdout } = await execa("node", [join(root, "bin/pulumi.js"), ...command], { cwd: root });
    const { site, url } = output.parse(JSON.parse(stdout));
    return new PrometheusPages(site, url);
  }

  fetch(path: string, options?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.url), options);
  }

  /**
   * Values of an expression, by site and service, or by whatever `key` makes of the labels.
   * @param at Unix time, seconds; absent: as they are now.
   */
  async values(
    expression: string,
    key: (labels: Readonly<Record<string, string>>) => string = ({ site, service }) => `${site}/${service}`,
    at?: number,
  ): Promise<Record<string, number>> {
    const time = at === undefined ? "" : `&time=${at}`;
    const response = await this.fetch(`api/v1/query?query=${encodeURIComponent(expression)}${time}`);
    strictEqual(response.status, 200, await response.clone().text());
    const { data } = answer.parse(await response.json());
    return Object.fromEntries(
      data.result.map(({ metric, value }) => [key(metric), Number(value[1])] as const).sort(),
    );
  }

  /** Waits until an expression has these values. Errors: after so many seconds, with what it has then. */
  async become(expression: string, expected: Readonly<Record<string, number>>, seconds = 60): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = await this.values(expression);
      const [is, wanted] = [found, expected].map((one) => JSON.stringify(Object.entries(one).sort()));
      if (is === wanted) return;
      if (Date.now() > end) strictEqual(is, wanted, expression);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}
