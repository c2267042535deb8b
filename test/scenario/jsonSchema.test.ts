import { deepStrictEqual, ok, strictEqual } from "assert";
import Ajv from "ajv";
import { readFileSync } from "fs";
import { publishedSchema, renderJsonSchema, stackFileSchema } from "../../stacks/scenario/jsonSchema";
import { smallScenario, smallScenarioWith, type Place } from "../support/scenarios";
import { stackFiles } from "../support/stackFiles";

const text = readFileSync(publishedSchema, "utf8");
const validate = new Ajv({ strict: true, strictTuples: false, allErrors: true }).compile(
  JSON.parse(text) as object,
);

/** A scenario as it stands in a stack's file, with other configuration beside it. */
function inStackFile(scenario: unknown): unknown {
  return {
    encryptionsalt: "v1:…",
    config: { "docker:host": "unix:///run/docker.sock", "buswide:scenario": scenario },
  };
}

describe("the published JSON Schema", () => {
  it("is what its generator writes: run `node -r ts-node/register stacks/scenario/jsonSchema.ts`", () =>
    strictEqual(text, renderJsonSchema()));

  for (const { file, text: written, content } of stackFiles()) {
    it(`takes ${file}`, () => {
      ok(validate(content), JSON.stringify(validate.errors));
    });
    it(`is named in the first line of ${file}, where editors look for it`, () =>
      ok(written.startsWith("# yaml-language-server: $schema=../docs/schema/scenario.schema.json\n")));
  }

  it("has the demo to take", () => ok(stackFiles().some(({ file }) => file === "Pulumi.demo.yaml")));

  it("takes the small scenario of the tests beside other configuration", () =>
    ok(validate(inStackFile(smallScenario())), JSON.stringify(validate.errors)));

  const refused: readonly (readonly [string, Place, unknown])[] = [
    ["an unknown setting", ["sitez"], {}],
    ["an unknown setting of a site", ["sites", "core", "size"], 3],
    ["a negative delay", ["links", 0, "delay"], "-5ms"],
    ["a delay without a unit", ["links", 0, "delay"], "25"],
    ["a delay as a number", ["links", 0, "delay"], 25],
    ["a delay one way only", ["links", 0, "delay"], { there: "5ms" }],
    ["a link with one end", ["links", 0, "between"], ["core"]],
    ["a name with a space", ["sites", "north edge"], {}],
    ["a name of a workload that a shell would run", ["workloads", 0, "name"], "$(reboot)"],
    ["a group of none", ["sites", "edge", "count"], 0],
    ["an unknown bus", ["bus", "kind"], "pulsar"],
    ["no bus", ["bus"], undefined],
    ["an unknown target", ["target"], { kind: "moon" }],
    ["clients that are none", ["workloads", 0, "clients", "edge"], 0],
    ["a pattern that there is not", ["workloads", 0, "pattern"], "shout"],
    ["a site left empty", ["sites", "core"], null],
  ];
  for (const [claim, place, value] of refused)
    it(`refuses ${claim}`, () => strictEqual(validate(inStackFile(smallScenarioWith(place, value))), false));

  it("refuses a stack without a scenario", () => strictEqual(validate({ config: {} }), false));

  it("writes once what occurs in many places: it is less than a sixth of what it would be written out", () => {
    const whole = JSON.stringify(stackFileSchema(), undefined, 2).length;
    ok(text.length < whole / 6, `${text.length} of ${whole} characters`);
    ok(text.length < 170_000, `${text.length} characters`);
  });

  it("refers only to what it defines, and defines only what it refers to more than once", () => {
    const { definitions } = JSON.parse(text) as { definitions: Record<string, unknown> };
    const references = [...text.matchAll(/"\$ref": "#\/definitions\/([^"]+)"/g)].map(
      ([, name]) => name ?? "",
    );
    deepStrictEqual([...new Set(references)].sort(), Object.keys(definitions).sort());
    for (const name of Object.keys(definitions))
      ok(references.filter((other) => other === name).length > 1, name);
  });

  it("is, with every reference followed, the schema that the parser's own is", () => {
    const published = JSON.parse(text) as { definitions: Record<string, unknown> };
    const written = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(written);
      if (typeof value !== "object" || value === null) return value;
      const name = "$ref" in value ? String(value.$ref).replace("#/definitions/", "") : undefined;
      if (name !== undefined) return written(published.definitions[name]);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));
    };
    const { definitions: _, ...rest } = published;
    deepStrictEqual(written(rest), JSON.parse(JSON.stringify(stackFileSchema())));
  });

  it("describes every setting, for the reader of an editor's help, where it stands or where it refers to", () => {
    const { definitions } = JSON.parse(text) as { definitions: Record<string, object> };
    const described = (schema: object): boolean => {
      if ("$ref" in schema) {
        const definition = definitions[String(schema.$ref).replace("#/definitions/", "")];
        return definition !== undefined && described(definition);
      }
      return "description" in schema || "const" in schema;
    };
    const undescribed: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, inner] of Object.entries(node)) {
        if (key === "properties" && typeof inner === "object" && inner !== null)
          for (const [setting, schema] of Object.entries(inner as Record<string, object>))
            if (!described(schema) && setting !== "buswide:scenario") undescribed.push(`${path}.${setting}`);
        visit(inner, `${path}.${key}`);
      }
    };
    visit(JSON.parse(text), "");
    strictEqual(undescribed.join("\n"), "");
  });
});
