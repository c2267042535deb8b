import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import assert from "assert";
import { mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { publishedSchema, resultsJsonSchema } from "../../workloads/results/jsonSchema";
import { runMeasurement } from "../../workloads/runner/measurement";
import { measurement } from "./input";
import { someResults } from "./results";
import { world } from "./world";

const published = readFileSync(join(__dirname, "..", "..", publishedSchema), "utf8");
const validate = addFormats(new Ajv2020({ allErrors: true })).compile(JSON.parse(published) as object);

describe("the published JSON Schema of results.json", () => {
  it("is what the code says; node -r ts-node/register workloads/results/jsonSchema.ts publishes it", () => {
    assert.equal(published, resultsJsonSchema());
  });

  it("describes what a run writes", async () => {
    const root = mkdtempSync(join(tmpdir(), "buswide-schema-"));
    try {
      const { directory } = await runMeasurement(measurement(), world(root));
      const written: unknown = JSON.parse(readFileSync(join(directory, "results.json"), "utf8"));
      assert.ok(validate(written), JSON.stringify(validate.errors));
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("refuses unknown keys, missing ones and wrong types", () => {
    const good = someResults();
    assert.ok(validate(JSON.parse(JSON.stringify(good))), JSON.stringify(validate.errors));
    const { stack: _, ...without } = good;
    for (const bad of [
      { ...good, more: 1 },
      without,
      { ...good, schemaVersion: 2 },
      { ...good, links: [{ name: 3 }] },
    ]) {
      assert.ok(!validate(JSON.parse(JSON.stringify(bad))), JSON.stringify(bad));
    }
  });
});
