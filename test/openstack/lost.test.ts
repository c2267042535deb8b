import { deepEqual, equal, rejects } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { forgetLost } from "../../bin/commands/lost";
import type { StackState } from "../../bin/engine/state";
import { Refusal } from "../../bin/refusal";
import type { Session } from "../../bin/session";
import { notedHosts, noteMadeHost } from "../../components/target/hosts/note";

describe("forgetting a host of a cloud that is gone", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-lost-"));
    for (const name of ["one", "two"]) noteMadeHost(root, "cloud", name, { host: `${name}.example.org` });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const type = "openstack:compute/instance:Instance";
  const urnOf = (host: string) =>
    `urn:pulumi:cloud::buswide::buswide:openstack:Infrastructure$${type}::cloud-host-${host}-instance`;
  const state = {
    version: 3,
    deployment: { resources: ["one", "two"].map((host) => ({ urn: urnOf(host), type })) },
  } as StackState;

  /** @param answers Whether the cloud says what has become of instances, by the time it is asked. */
  function sessionOf(answers: boolean[]): { session: Session; asked: (readonly string[])[] } {
    const asked: (readonly string[])[] = [];
    const engine = {
      exportState: () => Promise.resolve(state),
      importState: () => Promise.resolve(),
      refresh: (urns: readonly string[]) => {
        asked.push(urns);
        return answers.shift() ? Promise.resolve() : Promise.reject(new Error("the cloud does not answer"));
      },
    };
    const session = {
      root,
      stack: "cloud",
      engine,
      screen: { line: () => undefined },
      prepareOpenstack: () => Promise.resolve(),
    };
    return { session: session as unknown as Session, asked };
  }

  it("asks the cloud what has become of its instance, and of no other", async () => {
    const { session, asked } = sessionOf([true]);
    await forgetLost(session, ["one"]);
    deepEqual(asked, [[urnOf("one")]]);
    deepEqual(Object.keys(notedHosts(root, "cloud")), ["two"]);
  });

  it("is taken up by the same command where the cloud did not answer", async () => {
    const { session, asked } = sessionOf([false, true]);
    await rejects(forgetLost(session, ["one"]), /the cloud does not answer/);
    deepEqual(Object.keys(notedHosts(root, "cloud")), ["one", "two"]);
    await forgetLost(session, ["one"]);
    equal(asked.length, 2);
    deepEqual(Object.keys(notedHosts(root, "cloud")), ["two"]);
  });

  it("refuses a host that is not known, and asks nobody", async () => {
    const { session, asked } = sessionOf([]);
    await rejects(forgetLost(session, ["three"]), Refusal);
    deepEqual(asked, []);
  });
});
