import assert from "assert";
import { randomBytes } from "crypto";
import Docker from "dockerode";
import { execa } from "execa";
import { join } from "path";
import {
  authorityFile,
  cockroachdbUrl,
  hashPassword,
} from "../../components/database/cockroachdb/configuration";
import { issue, makeAuthority } from "../../components/security/issue";
import { buildSettings } from "../../toolchain/base-image";
import { DockerContainers } from "../../workloads/dockerContainers";
import { buildImage } from "../containers/buildImage";

/** A key of Fernet: 32 random bytes. */
const fernetKey = () => `${randomBytes(32).toString("base64url")}=`;

/**
 * What Keystone has for a CockroachDB, on a PostgreSQL: its protocol, TLS, accounts, codes of errors and refused transactions are what both have.
 * It says nothing of CockroachDB's SQL, of its nodes, or of how it spreads data.
 */
describe("Keystone as it is for a CockroachDB, on PostgreSQL", function () {
  this.timeout(300_000);
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const name = `buswide-test-${randomBytes(4).toString("hex")}-keystone`;
  const image = `${name}:test`;
  const [password, administrator] = [randomBytes(12).toString("base64url"), "of-a-test"];

  const run = async (command: readonly string[], options: { stdin?: string; user?: string } = {}) => {
    const { exitCode, stdout, stderr } = await containers.exec(name, command, {
      timeoutMs: 240_000,
      ...options,
    });
    assert.equal(exitCode, 0, `${command[0]}: ${stderr.slice(-2000)}`);
    return stdout;
  };
  const write = (path: string, stdin: string) =>
    run(["sh", "-c", 'mkdir -p "${0%/*}" && cat > "$0" && chmod 0644 "$0"', path], { stdin, user: "root" });

  before(async function () {
    this.timeout(1_200_000);
    const { buildArgs, networkMode } = buildSettings();
    const args = { ...buildArgs, NAMED: await buildImage("openstack-cockroachdb") };
    const given = Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
    const folder = join(__dirname, "postgres");
    await execa("docker", ["build", "-q", "--network", networkMode, "-t", image, ...given, folder]);
    const made = await docker.createContainer({
      name,
      Image: image,
      Entrypoint: ["sleep", "infinity"],
      Env: [
        "BUSWIDE_SERVICE=keystone",
        "BUSWIDE_DATABASE=cockroachdb",
        "BUSWIDE_PORT=5000",
        "BUSWIDE_PROCESSES=2",
        "BUSWIDE_REGION=RegionOne",
        "BUSWIDE_URL=http://127.0.0.1:5000/v3",
        `ADMIN_PASSWORD=${administrator}`,
      ],
      HostConfig: { Init: true, NetworkMode: "none", Memory: 2 ** 30, MemorySwap: 2 ** 30 },
    });
    await made.start();

    const authority = await makeAuthority("a test");
    const node = await issue(authority, ["node", "127.0.0.1"]);
    const keys = "/var/lib/openstack/keys";
    const files = {
      "/etc/buswide/node/node.crt": node.certificate,
      "/etc/buswide/node/node.key": node.key,
      [authorityFile]: authority.certificate,
      "/etc/buswide/keys/0": fernetKey(),
      "/etc/buswide/keys/1": fernetKey(),
      "/etc/buswide/admin-password": administrator,
      "/etc/keystone/keystone.conf": [
        "[DEFAULT]\nuse_stderr = true",
        // Nobody is at the first address.
        `[database]\nconnection = ${cockroachdbUrl(["127.0.0.9", "127.0.0.1"], "keystone", "keystone", password)}`,
        "[token]\nprovider = fernet",
        `[fernet_tokens]\nkey_repository = ${keys}`,
        `[fernet_receipts]\nkey_repository = ${keys}\n`,
      ].join("\n"),
    };
    for (const [path, content] of Object.entries(files)) await write(path, content);
    await run(["as-cockroachdb"], { stdin: hashPassword(password) });
  });
  after(async () => {
    await docker.getContainer(name).remove({ force: true, v: true });
    await docker.getImage(image).remove();
  });

  it("makes its tables, and has what its database refuses told, or done again", async () => {
    const keystone = await containers.spawn(name, ["openstack-start"]);
    const said: string[] = [];
    keystone.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    keystone.stdout.resume();
    const answers = JSON.parse(
      await run(["ask-keystone"]).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${said.join("").slice(-4000)}`);
      }),
    ) as Record<string, unknown>;
    assert.match(String(answers["message"]), /Duplicate entry found with name somebody/);
    assert.deepEqual(
      { ...answers, message: "", last: "" },
      { created: 201, again: 409, message: "", nowhere: 404, updates: { 200: 30 }, last: "", deleted: 204 },
    );
    const refused = await run(["grep", "-c", "could not serialize access", "postgres.log"]);
    assert(Number(refused) > 0, "no transaction was refused: nothing had to be done again");
  });

  it("takes tables that there are, and makes anew those of a first migration that did not end", async () => {
    const manage = (command: string) => run(["python3", "-m", "buswide_openstack.keystone_manage", command]);
    const sql = (statement: string) =>
      run([
        "sh",
        "-c",
        'psql -X -A -t -q -h "$PWD/postgres" -p 26257 -U root -d keystone -c "$0"',
        statement,
      ]);
    await manage("db_sync");
    const regions = () => sql("SELECT count(*) FROM crdb.region");
    assert.equal((await regions()).trim(), "1");
    await sql("DELETE FROM crdb.alembic_version");
    await manage("db_sync");
    assert.equal((await regions()).trim(), "0");
  });

  it("trusts no node that the stack's authority has not issued a certificate to", async () => {
    await write(authorityFile, (await makeAuthority("another")).certificate);
    const { exitCode, stderr } = await containers.exec(name, [
      ...["python3", "-c"],
      "import sqlalchemy, configparser as c; p = c.RawConfigParser(); p.read('/etc/keystone/keystone.conf')\n" +
        "sqlalchemy.create_engine(p['database']['connection']).connect()",
    ]);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /certificate verify failed/);
  });
});
