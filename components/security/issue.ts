import "reflect-metadata";
import { webcrypto } from "crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { isIPv4 } from "net";

/** A certificate and its key, as PEM. The key (PKCS #8) is secret. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** ECDSA on P-256: what TLS 1.2 and 1.3 of every client here take, at a hundredth of RSA's cost to make. */
const keyKind = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;

/** No experiment is renewed: its certificates outlast it. */
const validDays = 3650;
/** Clocks of sites may be behind the clock of the machine that issues. */
const hourMs = 3_600_000;

cryptoProvider.set(webcrypto);

/** Makes a certificate authority for one stack. */
export async function makeAuthority(name: string): Promise<Issued> {
  const keys = await generate();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: signature,
    extensions: [
      // It signs certificates of servers and nothing that could sign in turn (RFC 5280, 4.2.1.9).
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: ended(certificate.toString("pem")), key: await pem(keys.privateKey) };
}

/**
 * Issues a certificate to a server that is known by `names` (DNS names and IPv4 addresses; the first is its subject's).
 * It serves at both ends of a connection, as nodes of a cluster are both. Errors: `authority` is not one; no names.
 */
export async function issue(authority: Issued, names: readonly string[]): Promise<Issued> {
  const [subject] = names;
  if (subject === undefined) throw new Error("a certificate needs a name");
  const issuer = new X509Certificate(authority.certificate);
  const [encoded] = PemConverter.decode(authority.key);
  if (!encoded) throw new Error("the authority has no key");
  const signingKey = await webcrypto.subtle.importKey("pkcs8", encoded, keyKind, false, ["sign"]);
  const keys = await generate();
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    subject: [{ CN: [subject] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: signature,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(
        names.flatMap((name) => [
          ...(isIPv4(name) ? [{ type: "ip" as const, value: name }] : []),
          // Erlang looks for the host of a node's name among DNS names, also where it is an address.
          { type: "dns" as const, value: name },
        ]),
      ),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: ended(certificate.toString("pem")), key: await pem(keys.privateKey) };
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyKind, true, ["sign", "verify"]);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - hourMs), notAfter: new Date(now + validDays * 24 * hourMs) };
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  return ended(PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY"));
}

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
