/**
 * Property values as the engine's protocol writes them: plain JSON, in which a secret, an asset or an
 * unknown is an object or a string with a fixed signature.
 * Source: Pulumi SDK, `sdk/go/common/resource/properties.go` and `asset/asset.go`.
 */

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Stands for a value that a preview cannot know yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [name: string]: Value;
}

/** An asset or an archive of the protocol; exactly one of `path`, `text`, `uri` and `assets` is given. */
export interface Bundle {
  kind: "asset" | "archive";
  path?: string;
  text?: string;
  hash?: string;
}

function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: Value): value is Properties {
  return isObject(value) && value[signatureKey] === secretSignature;
}

export function secret(value: Value): Value {
  return { [signatureKey]: secretSignature, value };
}

/** `value` with every secret replaced by what it hides. */
export function revealed(value: Value): Value {
  if (isSecret(value)) {
    return revealed(value.value ?? null);
  }
  if (Array.isArray(value)) {
    return value.map(revealed);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revealed(item)]));
  }
  return value;
}

export function holdsSecret(value: Value): boolean {
  if (isSecret(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some(holdsSecret);
  }
  return isObject(value) && Object.values(value).some(holdsSecret);
}

/** An asset whose content is the file `path`; `hash` is the SHA-256 of that content in hexadecimal. */
export function fileAsset(path: string, hash: string): Value {
  return { [signatureKey]: assetSignature, path, hash };
}

export function archiveOf(assets: Properties): Value {
  return { [signatureKey]: archiveSignature, assets };
}

/** `value` as an asset or archive, or undefined when it is neither. */
export function asBundle(value: Value | undefined): Bundle | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const signature = value[signatureKey];
  if (signature !== assetSignature && signature !== archiveSignature) {
    return undefined;
  }
  const text = (name: string) => {
    const item = value[name];
    return typeof item === "string" && item !== "" ? item : undefined;
  };
  return {
    kind: signature === assetSignature ? "asset" : "archive",
    path: text("path"),
    text: typeof value.text === "string" && !text("path") ? value.text : undefined,
    hash: text("hash"),
  };
}

/** Whether two revealed values are the same; assets and archives are the same when their contents are. */
export function same(left: Value | undefined, right: Value | undefined): boolean {
  const [leftBundle, rightBundle] = [asBundle(left), asBundle(right)];
  if (leftBundle?.hash !== undefined && rightBundle?.hash !== undefined) {
    return leftBundle.hash === rightBundle.hash;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].every((name) => same(left[name], right[name]));
  }
  // An input that is not given and one that is given as null mean the same.
  return (left ?? undefined) === (right ?? undefined);
}

export type Change = "add" | "delete" | "update";

/** The paths (`environment.A`, `triggers[0]`) at which two revealed values differ, and how. */
export function changes(old: Value | undefined, news: Value | undefined, path: string): Map<string, Change> {
  const found = new Map<string, Change>();
  if (same(old, news)) {
    return found;
  }
  const inside = (key: string | number, left: Value | undefined, right: Value | undefined) => {
    for (const [at, change] of changes(left, right, join(path, key))) {
      found.set(at, change);
    }
  };
  if (Array.isArray(old) && Array.isArray(news)) {
    for (let index = 0; index < Math.max(old.length, news.length); index++) {
      inside(index, old[index], news[index]);
    }
  } else if (isObject(old) && isObject(news) && !asBundle(old) && !asBundle(news)) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(news)])) {
      inside(name, old[name], news[name]);
    }
  } else {
    found.set(
      path,
      (old ?? undefined) === undefined ? "add" : (news ?? undefined) === undefined ? "delete" : "update",
    );
  }
  return found;
}

/** A property path as the engine reads it: names that are not plain words are quoted. */
function join(path: string, key: string | number): string {
  if (typeof key === "number") {
    return `${path}[${key}]`;
  }
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) {
    return `${path}[${JSON.stringify(key)}]`;
  }
  return path === "" ? key : `${path}.${key}`;
}
