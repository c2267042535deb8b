import assert from "assert";
import type Docker from "dockerode";
import { destroyResources } from "../../bin/commands/destroy";
import { stuckNetworks } from "../../bin/engine/docker";
import { StackEngines } from "../../bin/engine/hosts";
import type { StackState } from "../../bin/engine/state";
import type { Session } from "../../bin/session";

/** Networks by what is in them, and what Docker answers to their removal. */
function engineWith(networks: Record<string, { containers: number; refusal?: Error }>): {
  engine: Docker;
  removed: string[];
} {
  const removed: string[] = [];
  const engine = {
    listNetworks: () => Promise.resolve(Object.keys(networks).map((name) => ({ Id: name, Name: name }))),
    getNetwork: (name: string) => ({
      inspect: () =>
        Promise.resolve({
          Containers: Object.fromEntries(
            Array.from({ length: networks[name]?.containers ?? 0 }, (_, at) => [at, {}]),
          ),
        }),
      remove: () => {
        const { refusal } = networks[name] ?? {};
        if (refusal) return Promise.reject(refusal);
        removed.push(name);
        return Promise.resolve();
      },
    }),
  };
  return { engine: engine as unknown as Docker, removed };
}

const counted = new Error("(HTTP code 403) network wan id cf41 has active endpoints");

describe("networks that Docker does not remove", () => {
  it("are those which are empty and refused; what is empty goes, and what is in use stays", async () => {
    const { engine, removed } = engineWith({
      wan: { containers: 0, refusal: counted },
      core: { containers: 0 },
      edge: { containers: 2, refusal: counted },
    });
    assert.deepEqual(await stuckNetworks(engine, "s"), ["wan"]);
    assert.deepEqual(removed, ["core"]);
  });

  it("are none where Docker fails otherwise", async () => {
    const { engine } = engineWith({ wan: { containers: 0, refusal: new Error("engine is gone") } });
    await assert.rejects(stuckNetworks(engine, "s"), /engine is gone/);
  });

  describe("while a stack is destroyed", () => {
    const state: StackState = { version: 3, deployment: { resources: [] } };

    /** A stack whose engine fails `failures` times; what it did is in `done`. */
    function sessionWith(docker: Docker, failures: number, restarts: boolean) {
      const done: string[] = [];
      let left = failures;
      const session = {
        ...{ root: "/", stack: "s", docker, interrupts: { interrupted: false } },
        engines: new StackEngines("/", "s", docker),
        screen: { status: () => undefined, close: () => done.push("screen closed"), line: () => undefined },
        engine: {
          destroy: () => {
            done.push("destroy");
            return left-- > 0 ? Promise.reject(new Error("a network is left")) : Promise.resolve();
          },
          exportState: () => Promise.resolve(state),
        },
        restartIdleEngine: () => {
          done.push("restart");
          return Promise.resolve(restarts);
        },
      };
      return { session: session as unknown as Session, done };
    }
    const stuck = () => engineWith({ wan: { containers: 0, refusal: counted } }).engine;

    it("are removed after the engine was started anew, where that harms nobody", async () => {
      const { session, done } = sessionWith(stuck(), 1, true);
      await destroyResources(session, state);
      assert.deepEqual(done, ["destroy", "restart", "destroy"]);
    });

    it("are named where it can't be, and where it did not help", async () => {
      const message =
        /^Docker does not remove the network wan: .* Restart Docker's engine, then `npx buswide destroy s` /;
      const unable = sessionWith(stuck(), 1, false);
      await assert.rejects(destroyResources(unable.session, state), { message });
      assert.deepEqual(unable.done, ["destroy", "restart", "screen closed"]);
      const helpless = sessionWith(stuck(), 2, true);
      await assert.rejects(destroyResources(helpless.session, state), { message });
      assert.deepEqual(helpless.done, ["destroy", "restart", "destroy", "screen closed"]);
    });

    it("are no reason to start the engine anew where something else is wrong", async () => {
      const { session, done } = sessionWith(engineWith({}).engine, 1, true);
      await assert.rejects(destroyResources(session, state), /a network is left/);
      assert.deepEqual(done, ["destroy", "screen closed"]);
    });
  });
});
