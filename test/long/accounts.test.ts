import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import { results } from "../../workloads/results/schema";
import { buswide } from "../support/measuredBuses";

const root = resolve(__dirname, "../..");
const stack = "long-accounts";

/** A bus, the container of its broker, what lists its accounts there, and what of the list is one. */
interface Case {
  readonly bus: object;
  readonly broker: string;
  readonly list: readonly string[];
  readonly account: RegExp;
  /** Whether accounts have names there; else there are only as many. */
  readonly named?: false;
}

const credentials =
  "from confluent_kafka.admin import AdminClient as A; admin = A({'bootstrap.servers': '127.0.0.1:9093'}); print(*admin.describe_user_scram_credentials().result(30))";

const cases: readonly Case[] = [
  {
    bus: { kind: "rabbitmq" },
    broker: "core-rabbitmq",
    list: ["rabbitmqctl", "--silent", "list_users"],
    account: /^\S+(?=\s+\[)/gm,
  },
  {
    bus: { kind: "artemis" },
    broker: "core-artemis",
    list: ["cat", "/etc/artemis/accounts/users.properties"],
    account: /^\S+(?= = )/gm,
  },
  {
    bus: { kind: "kafka" },
    broker: "core-kafka",
    list: ["/opt/declare/bin/python", "-c", credentials],
    account: /[\w-]+/g,
  },
  {
    bus: { kind: "zeromq" },
    broker: "core-matchmaker",
    list: ["cat", "/var/lib/redis/accounts.conf"],
    account: /#[0-9a-f]{64}/g,
    named: false,
  },
];

describe("a site more with agents, and one less,", function () {
  this.timeout(900_000);

  const folder = mkdtempSync(join(tmpdir(), "buswide-accounts-"));
  const file = join(folder, `Pulumi.${stack}.yaml`);
  after(async () => {
    const { exitCode, all } = await buswide("destroy", file, "--keep-images");
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(root, "runs", stack), { recursive: true, force: true });
    strictEqual(exitCode, 0, all);
  });

  /** Deploys a bus with so many edges, each with a notifier. */
  async function up(bus: object, edges: number): Promise<void> {
    const scenario = {
      sites: { core: {}, edge: { count: edges } },
      links: [{ between: ["core", "edge"], delay: "5ms" }],
      bus,
      workloads: [
        { name: "notify", kind: "notification", clients: { edge: 1 }, servers: { core: 1 }, calls: 20 },
      ],
    };
    writeFileSync(file, stringify({ config: { "buswide:scenario": scenario } }));
    const { exitCode, all } = await buswide("up", file);
    strictEqual(exitCode, 0, all);
    const latest = join(root, "runs", stack, "latest/results.json");
    const { workloads } = results.parse(JSON.parse(readFileSync(latest, "utf8")));
    deepStrictEqual(
      workloads.map(({ received, errors }) => ({ received, errors })),
      [{ received: 20 * edges, errors: {} }],
    );
  }

  const docker = async (...args: string[]) => (await execa("docker", args)).stdout;

  for (const { bus, broker, list, account, named = true } of cases)
    it(`change the accounts of ${JSON.stringify(bus)} while it runs`, async () => {
      const container = `buswide-${stack}-${broker}`;
      const started = () => docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", container);
      const accounts = async () => {
        const found = (await docker("exec", container, ...list)).match(account) ?? [];
        return named ? [...found].sort() : found.length;
      };
      const of = (...sites: string[]) => (named ? sites.map((site) => `agents-${site}`) : sites.length);

      await up(bus, 1);
      const before = await started();
      deepStrictEqual(await accounts(), of("core", "edge-1"));
      await up(bus, 2);
      deepStrictEqual(await accounts(), of("core", "edge-1", "edge-2"));
      await up(bus, 1);
      deepStrictEqual(await accounts(), of("core", "edge-1"));
      strictEqual(await started(), before);
      // What they hold outlasts the broker's container being started again.
      await docker("restart", container);
      notDeepStrictEqual(await started(), before);
      await up(bus, 2);
      deepStrictEqual(await accounts(), of("core", "edge-1", "edge-2"));
    });
});
