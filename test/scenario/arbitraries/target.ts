import fc from "fast-check";
import { mostly, some } from "./words";

const machines = some(
  {
    kind: fc.constant("machines"),
    hosts: mostly(
      fc.constantFrom<object>(
        { alpha: { host: "192.0.2.11" }, beta: { groups: ["edge"] }, gamma: { groups: ["edge", "far"] } },
        { alpha: {}, beta: {} },
      ),
      { alpha: { port: 0 } },
      { "a b": {} },
      {},
    ),
    ssh: some({
      user: mostly(fc.constant("root"), "a b"),
      jump: fc.constant(["a@b:22", "c"]),
      port: fc.constant(22),
    }),
    sites: mostly(
      fc.constantFrom<object>(
        { core: "alpha", edge: ["alpha", "beta"], far: "beta" },
        { core: "alpha", edge: "beta", "edge-1": "alpha", far: "beta" },
      ),
      { core: "delta" },
      { moon: "alpha" },
      {},
    ),
    ...{ mtu: mostly(fc.constant(1450), 100), firstPort: mostly(fc.constant(20_000), 60_000, 1) },
    emulator: fc.constantFrom("auto", "netem", "nfqueue"),
  },
  ["kind", "hosts", "sites"],
);
export const target = fc.oneof(
  { arbitrary: machines, weight: 3 },
  {
    arbitrary: some(
      { kind: mostly(fc.constant("local"), "cloud"), emulator: fc.constantFrom("auto", "netem") },
      ["kind"],
    ),
    weight: 1,
  },
);
