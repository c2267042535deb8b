import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "assert";
import { spawnSync } from "child_process";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { parseDocument } from "yaml";
import { CloudInit } from "../support/cloudInit";
import { openstackScenario, plannedCloud } from "../support/openstack";

/** What instances of a cloud are given, each text once, by a name to tell it by. */
function userData(): Map<string, string> {
  const scenarios = {
    usual: openstackScenario(),
    "of Fedora": openstackScenario({ packages: ["moby-engine", "openssh-server", "chrony"] }),
    "without packages": openstackScenario({ packages: [] }),
    "on a network that exists": openstackScenario({
      network: "sharednet1",
      ssh: { user: "cc", keypair: "mine" },
    }),
  };
  return new Map(
    Object.entries(scenarios).flatMap(([name, raw]) => {
      const { hosts, bastion } = plannedCloud(raw);
      return [
        ...hosts.map((host): [string, string] => [`${name}, ${host.name}`, host.userData]),
        ...(bastion ? [[`${name}, bastion`, bastion.userData] as [string, string]] : []),
      ];
    }),
  );
}

/** The commands of a first boot, in the order of their time. */
function commands(text: string): unknown[] {
  const { bootcmd = [], runcmd = [] } = parseDocument(text).toJS() as Record<string, unknown[]>;
  return [...bootcmd, ...runcmd];
}

describe("what an instance is given for its first boot", () => {
  it("is YAML without errors and warnings, and as small as Nova takes it", () => {
    for (const [name, text] of userData()) {
      ok(text.startsWith("#cloud-config\n"), name);
      const { errors, warnings } = parseDocument(text);
      deepStrictEqual([errors, warnings], [[], []], name);
      ok(Buffer.from(text).toString("base64").length <= 65_535, name);
    }
  });

  it("has commands that a shell reads, and programs with their arguments", () => {
    let read = 0;
    for (const [name, text] of userData())
      for (const command of commands(text)) {
        if (typeof command === "string") {
          const { status, stderr } = spawnSync("sh", ["-n", "-c", command], { encoding: "utf8" });
          deepStrictEqual([status, stderr], [0, ""], `${name}: ${command}`);
          read++;
        } else
          ok(
            Array.isArray(command) && command.length > 0 && command.every((one) => typeof one === "string"),
            `${name}: ${JSON.stringify(command)}`,
          );
      }
    ok(read > 0);
  });

  describe("is valid for cloud-init", function () {
    this.timeout(120_000);
    let cloudInit: CloudInit | undefined;
    let folder = "";
    before(function () {
      cloudInit = CloudInit.find();
      if (!cloudInit) this.skip();
      folder = mkdtempSync(join(tmpdir(), "buswide-user-data-"));
    });
    after(() => {
      if (folder !== "") rmSync(folder, { recursive: true });
    });
    const complaints = (text: string) => {
      const file = join(folder, "user-data");
      writeFileSync(file, text);
      return cloudInit?.complaints(file);
    };

    it("also by its schema, of hosts and of the bastion", () => {
      const texts = new Map([...userData()].map(([name, text]) => [text, name]));
      ok(texts.size > 3);
      for (const [text, name] of texts) strictEqual(complaints(text), "", name);
    });

    it("which a setting of another type, and a command that is none, are not", () => {
      const [text = ""] = userData().values();
      for (const wrong of [
        text.replace("package_update: true", "package_update: 3"),
        text.replace(/^runcmd:\n/m, "runcmd:\n  - a: b\n"),
      ]) {
        notStrictEqual(wrong, text);
        ok(/errors?:/i.test(complaints(wrong) ?? ""), wrong);
      }
    });
  });
});
