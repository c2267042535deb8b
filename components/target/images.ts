import { createHash } from "crypto";
import { readFileSync, readdirSync } from "fs";
import { join, relative } from "path";

/** Where an image comes from, and the name its content gives it. */
export interface ImageSource {
  /** `buswide/<name>:<hash of all that goes into it>`. */
  readonly tag: string;
  /** The folder of its Dockerfile, relative to the project's root. */
  readonly context: string;
  /** Its Dockerfile in that folder; absent: `Dockerfile`. */
  readonly dockerfile?: string;
  readonly contentHash: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly networkMode: string;
}

/** Folders of images' sources by name, relative to the project's root, with build arguments of their own. */
export const imageFolders: Readonly<
  Record<
    string,
    {
      readonly folder: string;
      readonly dockerfile?: string;
      readonly args?: Readonly<Record<string, string>>;
    }
  >
> = {
  gateway: { folder: "images/gateway" },
  rabbitmq: { folder: "images/rabbitmq" },
  "rabbitmq-4.0": { folder: "images/rabbitmq", args: { SUITE: "trixie" } },
  "rabbitmq-named": { folder: "images/rabbitmq", dockerfile: "Dockerfile.named" },
  agent: { folder: "workloads/agent" },
  "agent-amqp": {
    folder: "workloads/agent",
    args: { SOURCES: "sources-amqp.txt", PACKAGES: "python3-qpid-proton" },
  },
  "agent-zeromq": {
    folder: "workloads/agent",
    args: { REQUIREMENTS: "requirements-zeromq.txt", MODULE: "buswide_agent.zeromq" },
  },
  artemis: { folder: "images/artemis" },
  mariadb: { folder: "images/mariadb" },
  haproxy: { folder: "images/haproxy" },
  memcached: { folder: "images/memcached" },
  prometheus: { folder: "images/prometheus" },
  openstack: { folder: "images/openstack" },
  "openstack-cockroachdb": { folder: "images/openstack", args: { DIALECT: "sqlalchemy-cockroachdb" } },
  cockroachdb: { folder: "images/cockroachdb" },
  matchmaker: { folder: "images/matchmaker" },
  "agent-kafka": { folder: "workloads/agent", args: { REQUIREMENTS: "requirements-kafka.txt" } },
  kafka: { folder: "images/kafka" },
  shaker: { folder: "images/shaker" },
  rally: { folder: "images/rally" },
};

/** Leftovers of tools in a folder of sources, which change nothing in an image; kept out of it by .dockerignore too. */
const leftovers = new Set([
  "__pycache__",
  ".venv",
  ".pytest_cache",
  ".ruff_cache",
  ".mypy_cache",
  ".hypothesis",
  "build",
  "dist",
]);

/**
 * Reads the sources of every image, below `root`.
 * @param build What every build is given: the base image, and the machine's proxy and network settings.
 */
export function readImageSources(
  root: string,
  build: {
    readonly base: string;
    readonly args: Readonly<Record<string, string>>;
    readonly networkMode: string;
  },
): Record<string, ImageSource> {
  return Object.fromEntries(
    Object.entries(imageFolders).map(([name, { folder: context, dockerfile, args = {} }]) => {
      const contentHash = hashFolder(join(root, context), JSON.stringify([build.base, args, dockerfile]));
      const source: ImageSource = {
        tag: `buswide/${name}:${contentHash.slice(0, 12)}`,
        context,
        ...(dockerfile === undefined ? {} : { dockerfile }),
        contentHash,
        buildArgs: { ...build.args, ...args, BASE: build.base },
        networkMode: build.networkMode,
      };
      return [name, source];
    }),
  );
}

/** The image of the same sources with further arguments. */
export function withArguments(source: ImageSource, args: Readonly<Record<string, string>>): ImageSource {
  const contentHash = createHash("sha256")
    .update(JSON.stringify([source.contentHash, args]))
    .digest("hex");
  return {
    ...source,
    tag: source.tag.replace(/:[^:]*$/, `:${contentHash.slice(0, 12)}`),
    contentHash,
    buildArgs: { ...source.buildArgs, ...args },
  };
}

function hashFolder(folder: string, build: string): string {
  const hash = createHash("sha256").update(build);
  const visit = (directory: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (leftovers.has(entry.name) || entry.name.endsWith(".egg-info")) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) hash.update(`\0${relative(folder, path)}\0`).update(readFileSync(path));
    }
  };
  visit(folder);
  return hash.digest("hex");
}
