import { deepStrictEqual, notStrictEqual, strictEqual } from "assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import {
  forgetUnchanged,
  hashInputs,
  isUnchanged,
  noteUnchanged,
  statedOutputs,
} from "../../bin/engine/unchanged";
import type { StackState } from "../../bin/engine/state";
import { facts, planned } from "../support/plans";
import { smallScenario } from "../support/scenarios";

const folders = ["stacks", "components", "policies", "workloads", "images", "toolchain"];
const files = ["package.json", "package-lock.json", "Pulumi.yaml", "tsconfig.json"];
const plan = planned(smallScenario());
const configuration = { "buswide:scenario": smallScenario() };
const state: StackState = { version: 3, deployment: { resources: [{ urn: "urn:a", type: "a", id: "1" }] } };

describe("a stack that is as an up has left it", () => {
  let root: string;
  const inputs = (given = {}) => hashInputs({ root, configuration, plan, ...given });
  const put = (path: string, text: string) => writeFileSync(join(root, path), text);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-unchanged-"));
    for (const folder of folders) {
      mkdirSync(join(root, folder, "inner"), { recursive: true });
      put(join(folder, "inner", "file.ts"), folder);
    }
    for (const file of files) put(file, file);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is known again, also when files were only touched, or written by tools", () => {
    const before = inputs();
    noteUnchanged(root, "demo", before, state);
    utimesSync(join(root, "stacks/inner/file.ts"), 1, 1);
    mkdirSync(join(root, "workloads/__pycache__"));
    put("workloads/__pycache__/agent.pyc", "x");
    put("stacks/Pulumi.other.yaml", "config: {}");
    strictEqual(inputs(), before);
    strictEqual(isUnchanged(root, "demo", inputs(), structuredClone(state)), true);
    // Plain Pulumi's own `up` that changed nothing leaves its time, and other ciphertexts.
    const written: StackState = structuredClone(state);
    Object.assign(written.deployment, { manifest: { time: "later" } });
    Object.assign(written.deployment.resources?.[0] ?? {}, { outputs: { ciphertext: "another" } });
    strictEqual(isUnchanged(root, "demo", inputs(), written), true);
  });

  it("is another with any other file of the program, its policies, its images or its packages", () => {
    const before = inputs();
    for (const path of [...folders.map((folder) => `${folder}/inner/file.ts`), ...files]) {
      const was = readFileSync(join(root, path), "utf8");
      put(path, `${was} changed`);
      notStrictEqual(inputs(), before, path);
      put(path, was);
    }
    strictEqual(inputs(), before);
    put("policies/new.ts", "");
    notStrictEqual(inputs(), before, "a new file");
    rmSync(join(root, "policies/new.ts"));
    mkdirSync(join(root, "node_modules"));
    put("node_modules/.package-lock.json", "{}");
    notStrictEqual(inputs(), before, "other packages installed");
  });

  it("is another with another configuration, and with other addresses", () => {
    notStrictEqual(inputs({ configuration: { ...configuration, "docker:host": "x" } }), inputs());
    const elsewhere = planned(smallScenario(), { ...facts, busy: [plan.wan.text] });
    notStrictEqual(inputs({ plan: elsewhere }), inputs());
  });

  it("is gone through where its state is another, where it was never noted, and where that was forgotten", () => {
    const now = inputs();
    strictEqual(isUnchanged(root, "demo", now, state), false);
    noteUnchanged(root, "demo", now, state);
    strictEqual(isUnchanged(root, "demo", now, state), true);
    const other: StackState = { version: 3, deployment: { resources: [] } };
    strictEqual(isUnchanged(root, "demo", now, other), false);
    const changed: StackState = structuredClone(state);
    Object.assign(changed.deployment.resources?.[0] ?? {}, { modified: "2030-01-01T00:00:00Z" });
    strictEqual(isUnchanged(root, "demo", now, changed), false);
    strictEqual(isUnchanged(root, "demo", "other inputs", state), false);
    strictEqual(isUnchanged(root, "other", now, state), false);
    forgetUnchanged(root, "demo");
    strictEqual(isUnchanged(root, "demo", now, state), false);
  });

  it("has the outputs that its state says, secrets told by their mark", () => {
    const secret = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "v1:x",
    };
    const stack = {
      urn: "urn:s",
      type: "pulumi:pulumi:Stack",
      outputs: { run: "runs/demo/1", password: secret },
    };
    deepStrictEqual(statedOutputs({ version: 3, deployment: { resources: [stack] } }), {
      run: { value: "runs/demo/1", secret: false },
      password: { value: secret, secret: true },
    });
    deepStrictEqual(statedOutputs(state), {});
  });
});
