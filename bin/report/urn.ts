/** What a URN says: `urn:pulumi:<stack>::<project>::<type of parent>$<type>::<name>`. */
export interface Urn {
  /** Types from the outermost component in, the resource's own last. */
  readonly types: readonly string[];
  readonly name: string;
}

export function parseUrn(urn: string): Urn {
  const [, , types = "", ...name] = urn.split("::");
  return { types: types.split("$"), name: name.join("::") };
}

/** What a resource is, in a word or two: `docker container`, `link`, `command`. */
export function kindOf(type: string): string {
  const [provider = "", module, token = type] = type.split(":");
  if (module === "providers") return "provider";
  const noun = token.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return provider === "docker" ? (noun === "remote image" ? "image" : `docker ${noun}`) : noun;
}
