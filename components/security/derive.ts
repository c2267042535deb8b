import { hkdfSync } from "crypto";

const derivedBytes = 32;

/**
 * One secret for each purpose, from one that the stack has: HKDF with SHA-256 (RFC 5869), so that none tells anything of another.
 * @param purpose What it is for, unlike any other's in the stack.
 */
export function derive(stackSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", stackSecret, "", `buswide ${purpose}`, derivedBytes));
}
