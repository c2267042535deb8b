import { strict as assert } from "assert";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { hostname, release, tmpdir } from "os";
import { delimiter, join } from "path";
import { hashedId, hostOf, machineIdOn } from "../../workloads/runner/provenance";

/** An engine on a machine that has this one's name and kernel. */
const twin = (more: object = {}) => ({
  info: () =>
    Promise.resolve({
      KernelVersion: release(),
      OperatingSystem: "Debian",
      NCPU: 2,
      MemTotal: 1,
      Name: hostname(),
      ID: "an engine's own",
      ...more,
    }),
});

const other = "0123456789abcdef0123456789abcdef\n";

describe("the machine of an engine", () => {
  it("that is a host has the host's own id, though its name and kernel are this machine's", async () => {
    const { id, heldAwake, cpu } = await hostOf(twin(), { local: false, machineId: other });
    assert.equal(id, hashedId(other).id);
    // This machine's processors are no other's.
    assert.deepEqual([heldAwake, cpu], [undefined, "unknown"]);
  });

  it("that is a host without a machine's id is told by the id of its engine", async () => {
    const { id } = await hostOf(twin(), { local: false, machineId: "" });
    assert.equal(id, hashedId("an engine's own").id);
  });

  it("that is a host which could not be asked has no id, rather than another than the time before", async () => {
    const host = await hostOf(twin(), { local: false, machineId: undefined });
    assert.equal("id" in host, false);
  });

  it("that is this one has this machine's id, and says whether its processors were held awake", async () => {
    const file = "/etc/machine-id";
    const own = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    const host = await hostOf(twin(), { local: true, heldAwake: true });
    assert.equal(host.id, hashedId(own === "" ? "an engine's own" : own).id);
    assert.equal(host.heldAwake, true);
  });

  it("that was asked as this one's and is elsewhere is told by the id of its engine", async () => {
    const host = await hostOf(twin({ Name: "elsewhere" }), { local: true, heldAwake: true });
    assert.equal(host.id, hashedId("an engine's own").id);
    assert.equal(host.heldAwake, undefined);
  });

  describe("reached by SSH", () => {
    const { PATH } = process.env;
    let folder = "";
    /** In place of OpenSSH's client, a program that runs what the host's shell would, in which it finds `file`. */
    const hostWith = (file: string): void => {
      const program = join(folder, "ssh");
      writeFileSync(
        program,
        `#!/bin/sh\nfor command; do :; done\nexec sh -c "$(echo "$command" | sed 's#/etc/machine-id#${file}#')"\n`,
      );
      chmodSync(program, 0o755);
    };
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "buswide-provenance-"));
      process.env.PATH = [folder, PATH].join(delimiter);
    });
    afterEach(() => {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true });
    });

    it("is asked for its id where it is", async () => {
      const file = join(folder, "machine-id");
      writeFileSync(file, other);
      hostWith(file);
      assert.equal((await machineIdOn({ host: "a" }))?.trim(), other.trim());
    });

    it("may have none", async () => {
      hostWith(join(folder, "missing"));
      assert.equal(await machineIdOn({ host: "a" }), "");
    });

    it("is not asked where nobody knows the way", async () =>
      assert.equal(await machineIdOn(undefined), undefined));
  });
});
