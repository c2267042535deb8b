import { deepEqual, equal, match, ok } from "assert/strict";
import { execFileSync } from "child_process";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { gzipSync } from "zlib";
import { filesBelow, inWords, originsIn, scan, secretsIn } from "../support/secretScan";

const secret = "s3cr/et+pa ss%ü~x";

/** A secret among others' text, in the forms in which one gets away. */
const planted: Readonly<Record<string, string>> = {
  "in a log": `login of buswide with ${secret} refused`,
  "in a URL": `rabbit://buswide:${encodeURIComponent(secret)}@10.0.0.2:5672/`,
  "in JSON": JSON.stringify({ password: secret }),
  "in JSON as text of JSON": JSON.stringify({ stdin: JSON.stringify({ password: `"${secret}"` }) }),
  "in basic authentication": Buffer.from(`u:${secret}:x`).toString("base64"),
  "in a token": Buffer.from(`us:${secret}`).toString("base64url"),
  "in a dump": Buffer.from(`user ${secret}`).toString("hex"),
};

/** A secret as an exported state has it. */
const signedAs = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

describe("the scanner for secrets", () => {
  for (const [where, text] of Object.entries(planted))
    it(`finds one that was planted ${where}`, () => {
      const { found, places, bytes, secrets } = scan(
        ["another one", secret],
        [{ name: "x", bytes: Buffer.from(text) }],
      );
      deepEqual([places, secrets, bytes], [1, 2, Buffer.byteLength(text)]);
      ok(found.length > 0 && found.every((one) => one.startsWith("secret 2 of 2, ")), found.join());
      ok(!inWords({ found, places, bytes, secrets }).includes(secret), "it tells the secret itself");
    });

  it("finds any secret wherever it begins in base64, and none where there is none", () => {
    const word = fc.string({ minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(word, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (any, before, behind) => {
        const bytes = Buffer.from(Buffer.from(before + any + behind).toString("base64"));
        ok(scan([any], [{ name: "x", bytes }]).found.length > 0);
        fc.pre(!`${before}${behind}`.includes(any));
        const without = Buffer.from(`${before}${behind}`);
        deepEqual(scan([any], [{ name: "x", bytes: without }]).found, []);
      }),
    );
  });

  it("looks into folders and archives, and says how much it looked through", () => {
    const folder = mkdtempSync(join(tmpdir(), "buswide-secrets-"));
    try {
      writeFileSync(join(folder, "plain.log"), "nothing");
      writeFileSync(join(folder, "history.json.gz"), gzipSync(`password: ${secret}`));
      writeFileSync(join(folder, "inner.txt"), `password: ${secret}`);
      writeFileSync(join(folder, "inner.gz"), gzipSync(`password: ${secret}`));
      const archive = ["--zstd", "-cf", "backup.tar.zst", "inner.txt", "inner.gz"];
      execFileSync("tar", archive, { cwd: folder });
      for (const name of ["inner.txt", "inner.gz"]) rmSync(join(folder, name));
      const places = filesBelow(folder, "runs");
      const outcome = scan([secret], places);
      equal(outcome.places, 7);
      const where = new Set(outcome.found.map((one) => /what is in .*|runs\/.*/.exec(one)?.[0]));
      // What can't be made smaller is in an archive as it was.
      where.delete("runs/backup.tar.zst");
      deepEqual([...where].sort(), [
        "what is in runs/backup.tar.zst/inner.txt",
        "what is in runs/history.json.gz",
        "what is in what is in runs/backup.tar.zst/inner.gz",
      ]);
      match(
        inWords(outcome),
        /^7 files and answers, \d+ bytes, looked through for 1 secrets: FOUND: secret 1 of 1/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes from a state what is secret in it: words, passwords of URLs, private keys", () => {
    const line = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1234567890abcdef";
    const key = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`;
    const state = {
      outputs: {
        stdout: signedAs("wP3-x_9QmZ2vK4sT7yB1nC5d"),
        stdin: signedAs(JSON.stringify({ transports: { core: "rabbit://u:hunter2hunter2@10.0.0.2:5672/" } })),
        issued: signedAs(JSON.stringify({ key })),
        open: "not-a-secret-at-all-really",
      },
    };
    deepEqual(secretsIn(state), ["wP3-x_9QmZ2vK4sT7yB1nC5d", "hunter2hunter2", line]);
  });

  it("takes what a measurement is told to write nowhere, whatever it looks like and whatever else there is of it", () => {
    const line = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1234567890abcdef";
    const key = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`;
    const [cacheKey, odd, short] = ["s3cretKeyOfCaches-_123", "/starts:with,signs%", "too short"];
    const file = `[keystone_authtoken]\nmemcache_secret_key = ${cacheKey}\n`;
    const told = {
      scenario: { secrets: ["of-the-scenario-itself"] },
      secrets: [cacheKey, odd, short, key, 7],
    };
    const secrets = (stdin: string) =>
      secretsIn({ inputs: { file: signedAs(file), stdin: signedAs(stdin) } });
    deepEqual(secrets(JSON.stringify(told)).sort(), [odd, line, cacheKey]);
    // As long as nobody tells, it is only in a file.
    for (const stdin of [JSON.stringify({ stack: "demo" }), "{ no JSON", "{}", '{"secrets":{"a b":"c d"}}'])
      deepEqual(secrets(stdin), [], stdin);
  });

  it("takes a key in base64 that begins with a slash, and no path of a file", () => {
    const key = "/9j4AAQSkZJRgABAQEAYABgAAD/2wBDAA==";
    const paths = ["/etc/rabbitmq/erlang.cookie", "/var/lib/openstack/hosts", "/usr/local/bin/proxy-wait"];
    const others = ["/short", "sha256:0123456789abcdef", `${key} and more`];
    deepEqual(secretsIn({ outputs: { all: signedAs([...paths, key, ...others]) } }), [key]);
  });

  it("says where a secret is from that it finds, and takes no file's path for one", () => {
    const uploads = signedAs([{ file: "/etc/rabbitmq/erlang.cookie", content: "wP3-x_9QmZ2vK4sT7yB1nC5d" }]);
    const urn = "urn:pulumi:demo::buswide::docker:index/container:Container::core-rabbitmq";
    const origins = originsIn({ deployment: { resources: [{ urn, outputs: { uploads } }] } });
    deepEqual([...origins], [["wP3-x_9QmZ2vK4sT7yB1nC5d", "core-rabbitmq outputs uploads"]]);
    const log = {
      name: "a log",
      bytes: Buffer.from("cookie wP3-x_9QmZ2vK4sT7yB1nC5d, /etc/rabbitmq/erlang.cookie"),
    };
    deepEqual(scan([...origins.keys()], [log], origins).found, [
      "secret 1 of 1 (core-rabbitmq outputs uploads), as it is, in a log",
    ]);
  });
});
