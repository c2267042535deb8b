import { deepStrictEqual, strictEqual } from "assert";
import type * as pulumi from "@pulumi/pulumi";
import type { Gateway } from "../../components/topology/gateway";
import { Link, linkResource } from "../../components/topology/link";
import type { Target } from "../../components/target/target";
import { record } from "../support/mocks";

const impairment = { delayMs: 1, jitterMs: 0, lossPercent: 0 };

/** What a link has a target do: the command's name, its neighbour's class, and names that it had before. */
async function askedFor(between: readonly [string, string]): Promise<unknown[]> {
  const asked: unknown[] = [];
  const setImpairment = (
    name: string,
    gateway: unknown,
    spec: { readonly class: string },
    opts: pulumi.CustomResourceOptions,
  ) => asked.push([name, gateway, spec.class, opts.aliases]);
  const ends = between.map((site) => ({
    gateway: { container: site } as unknown as Gateway,
    wanAddress: `address of ${site}`,
  })) as never;
  await record(() => {
    new Link(
      linkResource(between),
      { between, there: impairment, back: impairment, seed: 1 },
      { target: { setImpairment } as unknown as Target, ends },
    );
  });
  return asked;
}

describe("a link's commands", () => {
  const thereCommand = ["core--edge-there", "core", "edge", [{ name: "edge--core-back" }]];
  const backCommand = ["core--edge-back", "edge", "core", [{ name: "edge--core-there" }]];

  it("are called by where they lead, whichever site is named first", async () => {
    strictEqual(linkResource(["edge", "core"]), linkResource(["core", "edge"]));
    deepStrictEqual(await askedFor(["core", "edge"]), [thereCommand, backCommand]);
    deepStrictEqual(await askedFor(["edge", "core"]), [backCommand, thereCommand]);
  });
});
