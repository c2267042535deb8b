import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { createPrivateKey, createPublicKey, X509Certificate } from "crypto";
import { execa } from "execa";
import { resolve } from "path";
import { createServer, connect, type ConnectionOptions } from "tls";
import { issue, makeAuthority, type Issued } from "../../components/security/issue";

const root = resolve(__dirname, "../..");

describe("the certificates of a stack", () => {
  let authority: Issued;
  let issued: Issued;

  before(async () => {
    authority = await makeAuthority("buswide");
    issued = await issue(authority, ["core-rabbitmq", "10.0.0.4"]);
  });

  it("are signed by its own authority, for servers that can sign nothing in turn", () => {
    const ca = new X509Certificate(authority.certificate);
    const certificate = new X509Certificate(issued.certificate);
    ok(ca.ca && ca.verify(ca.publicKey));
    ok(!certificate.ca);
    ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    ok(!certificate.verify(certificate.publicKey));
  });

  it("name the server by its name and address, and by nothing else", () => {
    const certificate = new X509Certificate(issued.certificate);
    strictEqual(certificate.checkHost("core-rabbitmq"), "core-rabbitmq");
    strictEqual(certificate.checkIP("10.0.0.4"), "10.0.0.4");
    strictEqual(certificate.checkHost("edge-rabbitmq"), undefined);
    strictEqual(certificate.checkIP("10.0.0.5"), undefined);
  });

  it("come with the key that belongs to them, another one each time", async () => {
    const publicKey = (pem: string) =>
      createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "pem" });
    const certificate = new X509Certificate(issued.certificate);
    strictEqual(publicKey(issued.key), certificate.publicKey.export({ type: "spki", format: "pem" }));
    const again = await issue(authority, ["core-rabbitmq"]);
    ok(again.key !== issued.key);
    ok(new X509Certificate(again.certificate).serialNumber !== certificate.serialNumber);
  });

  it("hold from an hour ago, for clocks that are behind, to ten years from now", () => {
    const { validFrom, validTo } = new X509Certificate(issued.certificate);
    ok(Date.parse(validFrom) <= Date.now() - 3_590_000);
    ok(Date.parse(validTo) > Date.now() + 9.9 * 365 * 86_400_000);
  });

  it("convince a TLS client of the server they name, and of no other", async () => {
    const server = createServer({ cert: issued.certificate, key: issued.key }, (socket) => socket.end());
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const greet = (options: ConnectionOptions) =>
      new Promise<string>((done, failed) => {
        const socket = connect({ port, host: "127.0.0.1", ...options }, () =>
          done(socket.getProtocol() ?? ""),
        );
        socket.on("error", failed);
        socket.resume();
      });
    try {
      const ca = authority.certificate;
      strictEqual(await greet({ ca, servername: "core-rabbitmq" }), "TLSv1.3");
      await rejects(greet({ ca, servername: "edge-rabbitmq" }), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
      const other = await makeAuthority("buswide");
      await rejects(greet({ ca: other.certificate, servername: "core-rabbitmq" }));
    } finally {
      server.close();
    }
  });

  it("are not issued to a server without a name", () => rejects(issue(authority, []), /needs a name/));

  it("are made by the program that a stack runs, which never repeats what it was given", async () => {
    const run = (input: string) =>
      execa("node", ["-r", "ts-node/register/transpile-only", "components/security/main.ts"], {
        cwd: root,
        input,
        reject: false,
      });
    const made = await run(JSON.stringify({ issuer: authority, names: ["edge-rabbitmq"] }));
    strictEqual(made.exitCode, 0, made.stderr);
    const { certificate } = JSON.parse(made.stdout) as Issued;
    ok(new X509Certificate(certificate).checkIssued(new X509Certificate(authority.certificate)));
    const wrong = await run(JSON.stringify({ issuer: { ...authority, more: authority.key }, names: ["x"] }));
    deepStrictEqual([wrong.exitCode, wrong.stdout], [1, ""]);
    ok(!wrong.stderr.includes("PRIVATE KEY") && wrong.stderr.includes("no certificate"));
  });
});
