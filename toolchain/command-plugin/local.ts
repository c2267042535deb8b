import { type Context, runLocal, text } from "./command";
import { type Kind, type Field, commandFields, misfits } from "./kinds";
import { type Properties, unknown } from "./values";

const localFields: { [name: string]: Field } = {
  interpreter: { shape: "texts" },
  dir: { shape: "text" },
  assetPaths: { shape: "texts" },
  archivePaths: { shape: "texts" },
};

export const isUnknown = (value: unknown): boolean =>
  value === unknown ||
  (Array.isArray(value) && value.some(isUnknown)) ||
  (typeof value === "object" && value !== null && Object.values(value).some(isUnknown));

function run(
  command: string | undefined,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Properties> {
  const previous = { stdout: text(state, "stdout"), stderr: text(state, "stderr") };
  if (command === undefined) {
    return Promise.resolve({ stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" });
  }
  return runLocal(command, inputs, previous, context);
}

/** `command:local:Command`: a command of this machine at each step of a resource's life. */
export const localCommand: Kind = {
  defaults: (inputs) => ({ addPreviousOutputInEnv: true, ...inputs }),
  failures: (inputs) => misfits(inputs, { ...commandFields, ...localFields }, isUnknown),
  outputNames: (inputs) => [
    "stdout",
    "stderr",
    ...(inputs.assetPaths ? ["assets"] : []),
    ...(inputs.archivePaths ? ["archive"] : []),
  ],
  create: (inputs, context) => run(text(inputs, "create"), inputs, {}, context),
  update: (inputs, state, context) =>
    run(text(inputs, "update") ?? text(inputs, "create"), inputs, state, context),
  delete: async (state, context) => {
    const command = text(state, "delete");
    if (command !== undefined) {
      await run(command, state, state, context);
    }
  },
};

const runFields: { [name: string]: Field } = {
  ...commandFields,
  ...localFields,
  command: { shape: "text", required: true },
};

/** `command:local:run`: a command that runs whenever the program does, in previews too. */
export const localRun = {
  failures: (inputs: Properties) => misfits(inputs, runFields, isUnknown),
  invoke: async (inputs: Properties, context: Context): Promise<Properties> => ({
    ...inputs,
    ...(await run(text(inputs, "command"), inputs, {}, context)),
  }),
};
