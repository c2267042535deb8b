import assert from "assert";
import type Docker from "dockerode";
import { stuckNetworks } from "../../bin/engine/docker";

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
});
