import { createHash } from "crypto";
import { readFileSync } from "fs";
import * as path from "path";
import { isReadable } from "./files";

/** The keys of Debian's archive, on a machine that has them and in every image. */
export const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** The package of these keys puts them here as a whole and in parts. */
const debianKeys = /^\/(usr\/share\/keyrings|etc\/apt\/trusted\.gpg\.d)\/debian-archive-[^/]*$/;

/** Where the keys of others lie in an image. */
const imageFolder = "/etc/buswide/apt-keys";

const isFile = (signer: string) => signer.startsWith("/");
const isKey = (signer: string) => signer.startsWith("-----BEGIN");

/** The text of a key in a deb822 field, where a dot stands for an empty line. */
function keyOf(value: string): string {
  const lines = value.split("\n").map((line) => line.trim());
  return `${lines.map((line) => (line === "." ? "" : line)).join("\n")}\n`;
}

/**
 * Who signs a package source, by its option Signed-By: files of keys and fingerprints of keys in them, or the text of
 * a key. Empty where it is Debian: by its own files of keys, or by none, as fingerprints alone select from those.
 */
export function signersOf(value: string): string[] {
  if (isKey(value)) {
    return [keyOf(value)];
  }
  const words = value.split(/[\s,]+/).filter(Boolean);
  return words.filter(isFile).every((file) => debianKeys.test(file)) ? [] : words;
}

/** Whether this user may read the keys of all `signers`. */
export function haveKeys(signers: readonly string[]): boolean {
  return signers.filter(isFile).every(isReadable);
}

/** The file of a signer's key in `folder`. Apt tells by the ending whether a file holds text or bytes. */
function keyFile(signer: string, folder: string): string {
  const name = isKey(signer)
    ? `${createHash("sha256").update(signer).digest("hex").slice(0, 12)}.asc`
    : signer.slice(1).replaceAll("/", "-");
  return path.join(folder, name);
}

/** The words of Signed-By for `signers` whose keys lie in `folder`: Debian's keys where it is nobody else. */
export function signedBy(signers: readonly string[], folder = imageFolder): string[] {
  const words = signers.map((signer) => (isFile(signer) || isKey(signer) ? keyFile(signer, folder) : signer));
  return words.length > 0 ? words : [debianKeyring];
}

/** The keys of `signers` by the path that {@link signedBy} names. */
export function keyFiles(signers: readonly string[], folder = imageFolder): { [path: string]: Buffer } {
  return Object.fromEntries(
    signers
      .filter((signer) => isFile(signer) || isKey(signer))
      .map((signer) => [keyFile(signer, folder), isKey(signer) ? Buffer.from(signer) : readFileSync(signer)]),
  );
}
