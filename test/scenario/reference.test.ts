import { ok, strictEqual } from "assert";
import { readFileSync } from "fs";
import { publishedReference, renderReference } from "../../stacks/scenario/reference";

describe("the published reference of scenarios", () => {
  const text = readFileSync(publishedReference, "utf8");

  it("is what its generator writes: run `node -r ts-node/register stacks/scenario/reference.ts`", () =>
    strictEqual(text, renderReference()));

  it("lists settings of every depth, with units, defaults and what must be given", () => {
    for (const line of [
      "| **`bus (topology: cluster).kind`** | `rabbitmq` |",
      "| `seed` | integer; default `1` |",
      ".delay` | quantity in ms, us, s or settings; default `0ms` |",
      "| **`workloads[] (kind: rpc).name`** | text |",
      "generate: star",
    ])
      ok(text.includes(line), line);
  });
});
