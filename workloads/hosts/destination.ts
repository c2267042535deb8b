import { createHash } from "crypto";
import { join, quote } from "shlex";
import { z } from "zod";

const port = z.number().int().min(1).max(65_535);

/** A host that is passed on the way to another. */
const jump = z.strictObject({
  host: z.string(),
  port: port.optional(),
  user: z.string().optional(),
});

/**
 * How a host is reached by the OpenSSH client. What is absent is what that client would use by itself, so that a user's own
 * configuration, agent and known hosts hold.
 */
export const sshDestination = z.strictObject({
  host: z.string().describe("A name or an IPv4 address."),
  port: port.optional(),
  user: z.string().optional(),
  identityFile: z.string().optional().describe("The private key's file; absent: those of the agent."),
  jump: z.array(jump).optional().describe("Hosts passed on the way, the first one first."),
  options: z
    .array(z.string())
    .optional()
    .describe("Further settings of ssh_config(5), `Name=value` each, for it and the hosts on the way."),
});
export type SshDestination = z.infer<typeof sshDestination>;
type Jump = z.infer<typeof jump>;

/** What every connection is: nobody is there to be asked, and one that is lost is noticed within a minute. */
const always = ["BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=15", "ServerAliveCountMax=4"];

/**
 * Where connections of one user to one host meet: a command then takes no handshake of its own. What the client's own `%C` does not
 * tell apart, the way there and what it is opened with, is in the name too: at two sites two hosts may have one address. With the
 * client's 17 characters it must be shorter than 108, where a socket's name ends.
 */
function shared(
  jump: readonly Jump[],
  identityFile: string | undefined,
  options: readonly string[],
): string[] {
  const way = createHash("sha256")
    .update(JSON.stringify([jump, identityFile, options]))
    .digest("hex");
  return ["ControlMaster=auto", `ControlPath=~/.ssh/buswide-${way.slice(0, 8)}-%C`, "ControlPersist=10m"];
}
const apart = ["ControlMaster=no", "ControlPath=none"];

/**
 * The options of an `ssh` command, but for user and port, which Docker's clients take from an engine's URL.
 * @param own Whether it has a connection of its own; default: it shares one with all others to the host.
 */
export function sshOptions({ identityFile, jump = [], options = [] }: SshDestination, own = false): string[] {
  const settings = [
    ...always,
    ...(own ? apart : shared(jump, identityFile, options)),
    ...identity(identityFile),
    ...options,
    ...proxy(jump, identityFile, options),
  ];
  return settings.map((setting) => `-o${setting}`);
}

/** The words that lead to a host; what follows them is run by the host's shell. */
export function sshWords(destination: SshDestination, own = false): string[] {
  return wordsWith(sshOptions(destination, own), destination);
}

/** The same with options that are known already. */
function wordsWith(options: readonly string[], { host, ...rest }: Jump): string[] {
  return ["ssh", ...options, ...place(rest), "-T", "--", host];
}

/** The words of a command that runs `remote`, which the host's shell reads, on a host. */
export function sshCommand(destination: SshDestination, remote: string, own = false): string[] {
  return [...sshWords(destination, own), remote];
}

/** The same as a line for this machine's shell. */
export function sshLine(destination: SshDestination, remote: string): string {
  return join(sshCommand(destination, remote));
}

/** A host's Docker Engine, as DOCKER_HOST has it: `ssh://root@10.0.0.5:22`. */
export function engineUrl({ host, port, user }: SshDestination): string {
  return `ssh://${user === undefined ? "" : `${encodeURIComponent(user)}@`}${host}${port === undefined ? "" : `:${port}`}`;
}

/**
 * Whether a line for this machine's shell leads to a host, by what Docker's clients are told of it.
 * @param url As by {@link engineUrl}. @param options As by {@link sshOptions}.
 */
export function leadsTo(line: string, url: string, options: readonly string[]): boolean {
  const [, user, host, port] = /^ssh:\/\/(?:([^@]*)@)?([^:@]+)(?::(\d+))?$/.exec(url) ?? [];
  if (host === undefined) return false;
  const words = wordsWith(options, {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user: decodeURIComponent(user) }),
  });
  return `${line} `.includes(`${join(words)} `);
}

/** A host for people: `root@10.0.0.5:2222 by access.example.org`. */
export function describeDestination({ jump = [], ...end }: SshDestination): string {
  const way = jump.map(named);
  return `${named(end)}${way.length === 0 ? "" : ` by ${way.join(", ")}`}`;
}

function named({ host, port, user }: Jump): string {
  return `${user === undefined ? "" : `${user}@`}${host}${port === undefined ? "" : `:${port}`}`;
}

/** Not `-p`, which elsewhere is a password. */
function place({ port, user }: Pick<Jump, "port" | "user">): string[] {
  return [
    ...(user === undefined ? [] : [`-oUser=${user}`]),
    ...(port === undefined ? [] : [`-oPort=${port}`]),
  ];
}

function identity(file: string | undefined): string[] {
  if (file === undefined) return [];
  // Read word by word, as a line of ssh_config(5) is.
  const word = /[\s'#]/.test(file) ? `"${file}"` : file;
  return [`IdentityFile=${word}`, "IdentitiesOnly=yes"];
}

/**
 * The command that leads to a host. Not ProxyJump: that takes its options from the user's files alone, and so would know neither the
 * key nor where all connections to the host on the way meet.
 */
function proxy(
  jumps: readonly Jump[],
  identityFile: string | undefined,
  options: readonly string[],
): string[] {
  const last = jumps.at(-1);
  if (!last) return [];
  const before = jumps.slice(0, -1);
  const settings = [
    ...always,
    ...shared(before, identityFile, options),
    ...identity(identityFile),
    ...options,
    ...proxy(before, identityFile, options),
  ];
  const words = ["ssh", ...settings.map((setting) => `-o${escaped(setting)}`), ...place(last).map(escaped)];
  // `%h` and `%p` are the host's that the command leads to; all other signs were the settings' own.
  return [`ProxyCommand=${join(words)} -W '[%h]:%p' -- ${quote(escaped(last.host))}`];
}

/** Text in which the client finds nothing to put in: each command on the way is read once before it is run. */
function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}
