import { existsSync, readdirSync, readFileSync } from "fs";
import * as path from "path";
import { spawnSync } from "child_process";
import { haveKeys, signedBy, signersOf } from "./apt-keys";

/** One entry of a package source, of either format of sources.list(5). */
export interface AptSource {
  uris: string[];
  suites: string[];
  components: string[];
  /** `[trusted=yes]`, which mirrors without a signature need. */
  trusted: boolean;
  /** Who signs it, as `signersOf` of apt-keys.ts has it: empty where it is Debian, or no signature is needed. */
  signers: string[];
}

/** The distribution that every image is made from. */
export const release = "bookworm";

const debianComponents = new Set(["main", "contrib", "non-free", "non-free-firmware"]);
const debianSuites = new Set(["", "-updates", "-security", "-backports"].map((suffix) => release + suffix));

const standard: AptSource[] = [
  {
    uris: ["http://deb.debian.org/debian"],
    suites: [release, `${release}-updates`],
    components: ["main"],
    trusted: false,
    signers: [],
  },
  {
    uris: ["http://deb.debian.org/debian-security"],
    suites: [`${release}-security`],
    components: ["main"],
    trusted: false,
    signers: [],
  },
];

/** How a source's signature is checked: not at all where it is trusted. */
function signature(trusted: boolean, signers: string): Pick<AptSource, "trusted" | "signers"> {
  return { trusted, signers: trusted ? [] : signersOf(signers) };
}

/** Parses the one-line format. Lines for source packages are left out. */
export function parseList(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/.exec(
      line.replace(/#.*/, "").trim(),
    );
    if (!match) {
      return [];
    }
    const [, options = "", uri = "", suite = "", components = ""] = match;
    return [
      {
        uris: [uri],
        suites: [suite],
        components: components.trim().split(/\s+/),
        ...signature(/\btrusted=yes\b/.test(options), /\bsigned-by="?([^\s"]+)/.exec(options)?.[1] ?? ""),
      },
    ];
  });
}

/** Parses the deb822 format. Entries that are off, or for source packages only, are left out. */
export function parseSources(text: string): AptSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, "");
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const [, name = "", value = ""] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.trim());
    }
    const words = (name: string) => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    if (!words("types").includes("deb") || fields.get("enabled")?.toLowerCase() === "no") {
      return [];
    }
    return [
      {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        ...signature(fields.get("trusted")?.toLowerCase() === "yes", fields.get("signed-by") ?? ""),
      },
    ];
  });
}

/**
 * What of `sources` an image of this release can use: its own suites and components. Sources of others that name
 * the same suite have components of their own, and fall out; so do ones that are files of this machine.
 */
export function usable(sources: readonly AptSource[]): AptSource[] {
  return sources.flatMap((source) => {
    const kept: AptSource = {
      ...source,
      uris: source.uris.filter((uri) => /^https?:\/\//.test(uri)),
      suites: source.suites.filter((suite) => debianSuites.has(suite)),
      components: source.components.filter((component) => debianComponents.has(component)),
    };
    const whole = kept.components.length === source.components.length;
    return whole && kept.uris.length > 0 && kept.suites.length > 0 && kept.components.length > 0
      ? [kept]
      : [];
  });
}

/**
 * The machine's own sources of this release below `folder`, or Debian's when it has none (it runs another
 * release or distribution, or this user may not read the keys of its mirror).
 */
export function aptSources(folder = "/etc/apt"): AptSource[] {
  const parts = path.join(folder, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const main = path.join(folder, "sources.list");
  const found = [
    ...(existsSync(main) ? parseList(readFileSync(main, "utf8")) : []),
    ...names.flatMap((name) => {
      const text = () => readFileSync(path.join(parts, name), "utf8");
      return name.endsWith(".list")
        ? parseList(text())
        : name.endsWith(".sources")
          ? parseSources(text())
          : [];
    }),
  ];
  const own = usable(found).filter(({ signers }) => haveKeys(signers));
  return own.some(({ suites }) => suites.includes(release)) ? own : standard;
}

/** Sources as the text of a deb822 file. */
export function renderSources(sources: readonly AptSource[]): string {
  return sources
    .map(({ uris, suites, components, trusted, signers }) =>
      [
        "Types: deb",
        `URIs: ${uris.join(" ")}`,
        `Suites: ${suites.join(" ")}`,
        `Components: ${components.join(" ")}`,
        trusted ? "Trusted: yes" : `Signed-By: ${signedBy(signers).join(" ")}`,
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** Settings of apt that say how mirrors are reached, and mean the same in a container. */
const reachSettings =
  /^Acquire::(https?::Proxy(::[^:]+)?|https?::(Timeout|Verify-Peer|Verify-Host)|Retries|Check-Valid-Until) "/;

/** The lines of `apt-config dump` that say how mirrors are reached, sorted. */
export function reachLines(dump: string): string[] {
  return dump
    .split("\n")
    .filter((line) => reachSettings.test(line))
    .sort();
}

/** How this machine's apt reaches its mirrors; nothing where there is no apt. */
export function aptReach(): string[] {
  const dump = spawnSync("apt-config", ["dump", "Acquire"], { encoding: "utf8" });
  return dump.error ? [] : reachLines(dump.stdout);
}
