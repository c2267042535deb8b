import SSHConfig, { LineType, type Section } from "ssh-config";
import { groupsByName, wrong, type Inventory, type InventoryHost } from "./host";

/** Settings that say how far a host's key is trusted: a Vagrant box has a new one each time it is made. */
const taken = ["StrictHostKeyChecking", "UserKnownHostsFile"];

/**
 * Reads what `vagrant ssh-config` prints, or any file of OpenSSH's client (ssh_config(5)): a host for each name that is written
 * out. Patterns give settings to those that they match, and name no host.
 */
export function readSshConfig(text: string): Inventory {
  let config: SSHConfig;
  try {
    config = SSHConfig.parse(text);
  } catch (error) {
    return wrong(`this is no file of OpenSSH's client: ${(error as Error).message.split("\n")[0]}`);
  }
  if (config.some((line) => line.type === LineType.DIRECTIVE && line.param.toLowerCase() === "match"))
    return wrong(
      'a section "Match" may ask a command, which nobody runs here: write its settings out by "Host"',
    );
  const names = config.flatMap((line) =>
    line.type === LineType.DIRECTIVE && line.param.toLowerCase() === "host" ? namesOf(line as Section) : [],
  );
  if (names.length === 0)
    return wrong('it names no host: "Host <name>" begins one, as `vagrant ssh-config` has it');
  return { hosts: [...new Set(names)].map((name) => hostOf(name, config)), problems: [] };
}

/** The same hosts with what is taken over of them alone: what else such a file says may be secret. */
export function reduceSshConfig(text: string): string {
  return readSshConfig(text)
    .hosts.map(({ name, host, user, port, identityFile, jump, options = [] }) => {
      const settings = [
        ["HostName", host],
        ["User", user],
        ["Port", port],
        ["IdentityFile", identityFile],
        ["ProxyJump", jump?.join(",")],
        ...options.map((option) => /^([^=]*)=(.*)$/s.exec(option)?.slice(1) ?? []),
      ].flatMap(([setting, value]) =>
        value === undefined ? [] : [`  ${setting} ${/\s/.test(String(value)) ? `"${value}"` : value}\n`],
      );
      return `Host ${name}\n${settings.join("")}`;
    })
    .join("");
}

function namesOf({ value }: Section): string[] {
  const values = typeof value === "string" ? [value] : value.map(({ val }) => val);
  return values.filter((name) => !/[*?!]/.test(name));
}

function hostOf(name: string, config: SSHConfig): InventoryHost {
  const found = config.compute(name, { ignoreCase: true });
  const setting = (wanted: string): string | undefined => {
    const value = found[Object.keys(found).find((key) => key.toLowerCase() === wanted.toLowerCase()) ?? ""];
    return Array.isArray(value) ? value[0] : value;
  };
  const [host, user, port, identityFile, jump] = [
    "HostName",
    "User",
    "Port",
    "IdentityFile",
    "ProxyJump",
  ].map(setting);
  const options = taken.flatMap((option) => {
    const value = setting(option);
    return value === undefined ? [] : [`${option}=${value}`];
  });
  return {
    name,
    ...(host === undefined ? {} : { host }),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(jump === undefined || jump.toLowerCase() === "none" ? {} : { jump: jump.split(",") }),
    ...(options.length === 0 ? {} : { options }),
    groups: groupsByName(name),
  };
}
