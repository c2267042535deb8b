import { rmSync } from "fs";
import { join } from "path";
import { operationMark } from "../../bin/engine/processes";
import { writeStackFile } from "../../bin/engine/stackFile";
import type { Bench } from "../benchmark";
import { command } from "./commands";
import { previewed, type Previewed } from "./previews";

const name = "bench-bare";

/** The stack of the program in `benchmarks/bare`, which registers so many resources and nothing else. */
export class BareStack {
  private constructor(
    private readonly bench: Bench,
    private readonly configuration: string,
  ) {}

  /** Makes the stack, empty. @param counts How many resources of each type. */
  static async make(bench: Bench, counts: Readonly<Record<string, number>>): Promise<BareStack> {
    const { root, cleanup } = bench;
    const configuration = writeStackFile(root, name, { "buswide-bare:counts": counts });
    const stack = new BareStack(bench, configuration);
    cleanup.add(`the stack ${name}`, async () => {
      await stack.#remove();
      rmSync(configuration, { force: true });
      // The engine notes the salt of a stack's secrets beside its program.
      rmSync(join(root, "benchmarks", "bare", `Pulumi.${name}.yaml`), { force: true });
    });
    await stack.#remove();
    await stack.#pulumi(["stack", "init", name, "--no-select"]);
    return stack;
  }

  preview(): Promise<Previewed> {
    return previewed(this.bench, name, (options) =>
      this.#pulumi([
        ...["preview", "--stack", name, "--config-file", this.configuration, "--suppress-outputs"],
        ...["--color", "never", ...options],
      ]),
    );
  }

  async #remove(): Promise<void> {
    const listed = await this.#pulumi(["stack", "ls", "--json"], true);
    const stacks = JSON.parse(listed) as readonly { readonly name: string }[];
    if (stacks.some((stack) => stack.name === name))
      await this.#pulumi(["stack", "rm", "--yes", "--force", name], true);
  }

  #pulumi(parameters: readonly string[], undoing = false): Promise<string> {
    const { root } = this.bench;
    return command(this.bench, "pulumi", [...parameters, "--non-interactive"], {
      cwd: join(root, "benchmarks", "bare"),
      env: {
        ...operationMark(root, name),
        PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
        PULUMI_DEBUG_COMMANDS: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
      undoing,
    });
  }
}
