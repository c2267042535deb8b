import assert from "assert";
import fc from "fast-check";
import { formatPath } from "../../stacks/scenario/messages";
import { applyOverride, parseOverride, parsePath, type Override } from "../../bin/scenario/override";
import { Refusal } from "../../bin/refusal";

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/);
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(name, tie("node"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).node;

/** Every path to something in a value, the whole excepted. */
function pathsIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((entry, index) => [index, entry as unknown])
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

function override(path: readonly (string | number)[], value: unknown): Override {
  return { text: `${formatPath(path)}=…`, path, value };
}

/** A value of a tree with a path in it that begins with a name, as every override's does. */
const treeAndPath = fc
  .dictionary(name, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
  .chain((value) => fc.tuple(fc.constant(value), fc.constantFrom(...pathsIn(value))));

describe("an override", () => {
  it("has a path that reads back as it was written", () => {
    const path = fc
      .tuple(name, fc.array(fc.oneof(name, fc.nat(1000)), { maxLength: 5 }))
      .map(([first, rest]) => [first, ...rest]);
    fc.assert(fc.property(path, (steps) => assert.deepEqual(parsePath(formatPath(steps)), steps)));
  });

  it("puts its value where its path leads, and leaves everything else as it is", () => {
    fc.assert(
      fc.property(treeAndPath, leaf, ([before, path], value) => {
        const original = structuredClone(before);
        const after = applyOverride(before, override(path, value));
        assert.deepEqual(valueAt(after, path), value);
        assert.deepEqual(before, original, "what it was applied to has changed");
        const putBack = applyOverride(after, override(path, valueAt(original, path)));
        assert.deepEqual(putBack, original, "something beside the path has changed");
      }),
    );
  });

  it("makes the maps that are missing on the way, also in place of an empty value", () => {
    const sites = applyOverride({ sites: { core: null } }, parseOverride("sites.core.count=3"));
    assert.deepEqual(sites, { sites: { core: { count: 3 } } });
    assert.deepEqual(applyOverride({}, parseOverride("a.b.c=1")), { a: { b: { c: 1 } } });
  });

  it("takes scalars, lists and maps of YAML as values", () => {
    const values = ["50ms", "0.1%", "3", "true", "[core, edge]", "{ there: 5ms, back: 9ms }", "'3'"];
    assert.deepEqual(
      values.map((text) => parseOverride(`x=${text}`).value),
      ["50ms", "0.1%", 3, true, ["core", "edge"], { there: "5ms", back: "9ms" }, "3"],
    );
  });

  it("keeps everything behind the first equals sign for the value", () => {
    assert.equal(parseOverride("description=a=b").value, "a=b");
  });

  it("cannot reach an object's prototype", () => {
    const changed = applyOverride({}, parseOverride("__proto__.polluted=1"));
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.ok(Object.hasOwn(changed as object, "__proto__"));
  });

  const scenario = { links: [{ delay: "25ms" }, { delay: "5ms" }], bus: { kind: "rabbitmq" }, empty: [] };
  for (const [text, reason] of [
    ["links[2].delay=1ms", "links[2]: the list links has the entries [0] to [1]"],
    ["empty[0]=1", "empty[0]: the list empty is empty: give it whole, such as empty=[…]"],
    ["links.delay=1ms", "links.delay: links is a list: say which entry, links[0] to links[1]"],
    ["bus[0]=1", "bus[0]: bus is a map, not a list"],
    ["bus.kind.name=x", 'bus.kind.name: bus.kind is the value "rabbitmq", and has no "name"'],
    [
      "links[0].delay.there=1ms",
      'links[0].delay.there: links[0].delay is the value "25ms", and has no "there"',
    ],
    ["absent[0]=1", "absent[0]: absent is not given, not a list"],
    ["links[0]", 'write it as path=value, such as "links[0].delay=50ms"'],
    ["=1", 'write it as path=value, such as "links[0].delay=50ms"'],
    ["links[x].delay=1", '"links[x].delay" is not a path: write names and indices, such as "links[0].delay"'],
    [".a=1", '".a" is not a path: write names and indices, such as "links[0].delay"'],
    ["a..b=1", '"a..b" is not a path: write names and indices, such as "links[0].delay"'],
    ["[0]=1", '"[0]" is not a path: write names and indices, such as "links[0].delay"'],
  ] as const)
    it(`is refused with the reason: --set ${text}`, () => {
      assert.throws(
        () => applyOverride(scenario, parseOverride(text)),
        (error) => error instanceof Refusal && error.message === `--set ${text} was refused:\n  ${reason}`,
      );
    });

  for (const text of ["x=[1, 2", "x={a: ", "x='open", "x=*nothing"])
    it(`is refused when its value is not YAML: --set ${text}`, () => {
      assert.throws(() => parseOverride(text), /was refused:\n {2}the value is not YAML: /);
    });
});
