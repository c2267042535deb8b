import { resolveSites } from "../expand";

/** Something wrong with an entry: where in the scenario, what, and what would be right. */
export type Report = (path: (string | number)[], message: string) => void;

/** Resolves the names in one entry, and reports those that stand for no site. */
export class Names {
  /** Whether a name was refused. */
  failed = false;

  constructor(
    readonly expanded: ReadonlyMap<string, readonly string[]>,
    readonly report: Report,
  ) {}

  resolve(name: string, path: (string | number)[], prefix = ""): readonly string[] | undefined {
    const sites = resolveSites(this.expanded, name);
    if (!sites) this.#refuse(path, `${prefix}there is no site "${name}"; ${knownSites(this.expanded)}`);
    return sites;
  }

  /** The sites that a list of names stands for, each once; undefined if a name stands for none. */
  all(names: readonly string[], path: (string | number)[]): string[] | undefined {
    const lists = names.map((name, index) => this.resolve(name, [...path, index]));
    return lists.some((list) => !list) ? undefined : [...new Set(lists.flatMap((list) => list ?? []))];
  }

  single(name: string, path: (string | number)[], prefix: string): boolean {
    const sites = this.resolve(name, path, prefix);
    if (sites && (sites.length > 1 || sites[0] !== name)) {
      this.#refuse(path, `${prefix}"${name}" is a group: name its sites one by one, such as "${sites[0]}"`);
      return false;
    }
    return sites !== undefined;
  }

  #refuse(path: (string | number)[], message: string): void {
    this.failed = true;
    this.report(path, message);
  }
}

/** Says which sites there are, for messages about one that is not there. */
export function knownSites(expanded: ReadonlyMap<string, unknown>): string {
  const names = [...expanded.keys()];
  return `the sites are ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`;
}
