import { readdirSync, readFileSync } from "fs";
import { join, resolve } from "path";
import { parse } from "yaml";

/** The file of a stack that has a scenario. */
export interface StackFile {
  readonly file: string;
  readonly text: string;
  readonly content: { readonly config: Readonly<Record<string, unknown>> };
  readonly scenario: unknown;
}

/** Every scenario in `stacks/`. Stacks of benchmarks in progress, which have none in their file, are left out. */
export function stackFiles(): StackFile[] {
  const folder = resolve(__dirname, "../../stacks");
  return readdirSync(folder)
    .filter((file) => /^Pulumi\..+\.yaml$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      const content = parse(text) as { config?: Record<string, unknown> } | null;
      const scenario = content?.config?.["buswide:scenario"];
      return content?.config && scenario !== undefined
        ? [{ file, text, content: { ...content, config: content.config }, scenario }]
        : [];
    });
}
