import { createHash, pbkdf2Sync } from "crypto";
import { grouped, type Account } from "../accounts";

/** Rounds, and bytes of salt and of the result, of `DefaultSensitiveStringCodec` (ActiveMQ Artemis 2.40). */
const iterations = 1024;
const saltBytes = 32;
const hashBytes = 64;

/** `users.properties`. @param hashes Account to the hash of its password, as of {@link hashPassword}. */
export function renderUsers(hashes: Readonly<Record<string, string>>): string {
  return Object.entries(hashes)
    .map(([account, hash]) => `${account} = ENC(${hash})\n`)
    .join("");
}

/** `roles.properties`: role to accounts; the role of an account is its group. No space is between accounts: it would be part of one. */
export function renderRoles(accounts: readonly Account[]): string {
  return grouped(accounts)
    .map(([role, of]) => `${role} = ${of.map(({ name }) => name).join(",")}\n`)
    .join("");
}

/**
 * A password as Artemis stores it one-way: `<iterations>:<salt>:<PBKDF2 with HMAC-SHA1>`, in hexadecimal. The salt is derived
 * from the password, so that the same password always gives the same file; the password itself is random and long, which
 * is what protects it.
 */
export function hashPassword(
  password: string,
  salt = createHash("sha256").update(`salt of ${password}`).digest().subarray(0, saltBytes),
): string {
  const hash = pbkdf2Sync(password, salt, iterations, hashBytes, "sha1");
  return [String(iterations), ...[salt, hash].map((bytes) => bytes.toString("hex").toUpperCase())].join(":");
}
