import { randomBytes, randomUUID } from "crypto";
import { existsSync, readFileSync } from "fs";
import { link, mkdir, rm, writeFile } from "fs/promises";
import * as os from "os";
import * as path from "path";
import { parse } from "yaml";

/**
 * Where state is kept when the user has said nothing else: under `~/.pulumi`, as `pulumi login --local` does. It is spelled
 * out, as the CLI takes `~` for the home that the system has noted of the user, and not for `HOME`, where the passphrase is.
 */
function localBackend(environment: NodeJS.ProcessEnv): string {
  return `file://${environment.HOME || os.homedir()}`;
}

/** The backends whose secrets are encrypted with a passphrase by default: those that are plain stores. */
const storeBackend = /^(file|s3|gs|azblob|postgres):\/\//;

/** The backend's URL that the user has chosen, in the order in which the CLI looks; undefined when none is. */
export function chosenBackend(
  environment: NodeJS.ProcessEnv,
  home: string,
  projectFile: string,
): string | undefined {
  if (environment.PULUMI_BACKEND_URL) {
    return environment.PULUMI_BACKEND_URL;
  }
  const project: unknown = existsSync(projectFile) ? parse(readFileSync(projectFile, "utf8")) : undefined;
  const backend = (project as { backend?: { url?: unknown } } | undefined)?.backend?.url;
  if (typeof backend === "string") {
    return backend;
  }
  const credentials = path.join(home, "credentials.json");
  if (existsSync(credentials)) {
    const { current } = JSON.parse(readFileSync(credentials, "utf8")) as { current?: string };
    if (current) {
      return current;
    }
  }
  // A token alone means Pulumi Cloud, or a service of one's own.
  return environment.PULUMI_ACCESS_TOKEN ? environment.PULUMI_API || "https://api.pulumi.com" : undefined;
}

/** Makes a passphrase in `file`, readable by its owner only, unless there is one. Two at once agree on one. */
async function ensurePassphrase(file: string): Promise<void> {
  if (existsSync(file)) {
    return;
  }
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    // Unlike a rename, a link does not replace the passphrase that another process has put there meanwhile.
    await link(temporary, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw error;
      }
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * What the CLI's environment needs beside the user's own settings: the local backend when none is chosen, and,
 * for a backend that needs a passphrase, a file with one that is made once for this Pulumi home.
 * Errors: the project file or the credentials cannot be read.
 */
export async function backendEnvironment(
  environment: NodeJS.ProcessEnv,
  home: string,
  projectFile: string,
): Promise<NodeJS.ProcessEnv> {
  const chosen = chosenBackend(environment, home, projectFile);
  const backend = chosen ?? localBackend(environment);
  const added: NodeJS.ProcessEnv = chosen === undefined ? { PULUMI_BACKEND_URL: backend } : {};
  const hasPassphrase =
    environment.PULUMI_CONFIG_PASSPHRASE !== undefined ||
    environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  if (!hasPassphrase && storeBackend.test(backend)) {
    const file = path.join(home, "buswide-passphrase");
    await ensurePassphrase(file);
    added.PULUMI_CONFIG_PASSPHRASE_FILE = file;
  }
  return added;
}
