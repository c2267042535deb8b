import { split } from "shlex";

/** What arguments of ssh(1) say that an inventory can say as well. */
export interface SshArguments {
  readonly jump: readonly string[];
  readonly options: readonly string[];
  readonly problems: readonly string[];
}

/** Settings that are buswide's own to make: how connections are shared and kept, and by which way they go. */
const ours = new Set(["controlmaster", "controlpath", "controlpersist", "batchmode"]);

/** Reads arguments such as `-o ProxyJump=access -o StrictHostKeyChecking=no -J other`. */
export function readSshArguments(text: string): SshArguments {
  const [jump, options, problems]: [string[], string[], string[]] = [[], [], []];
  const setting = (given: string): void => {
    const [, name = "", value = ""] = /^\s*(\w+)\s*[= ]\s*(.*)$/.exec(given) ?? [];
    const known = name.toLowerCase();
    if (known === "proxyjump") jump.push(...value.split(","));
    else if (known === "proxycommand")
      problems.push("ProxyCommand is not taken over: say by which hosts it goes, with ProxyJump or `jump`");
    else if (name === "") problems.push(`"${given}" is no setting of ssh: write it as Name=value`);
    else if (!ours.has(known)) options.push(`${name}=${value}`);
  };
  const words = split(text);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const flag = word.slice(0, 2);
    const value = () => (word.length > 2 ? word.slice(2) : (words[++at] ?? ""));
    if (flag === "-o") setting(value());
    else if (flag === "-J") jump.push(...value().split(","));
    else if (word !== "-C" && word !== "-q")
      problems.push(`"${word}" is no argument that is taken over: say the same with -o Name=value`);
  }
  return { jump, options, problems };
}
