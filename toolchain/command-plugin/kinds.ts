import type { Context } from "./command";
import type { Properties, Value } from "./values";

export interface Failure {
  property: string;
  reason: string;
}

/** What one resource type does. Inputs and state are revealed: they hold no secret wrappers. */
export interface Kind {
  /** The inputs with defaults filled in. */
  defaults(inputs: Properties): Properties;
  /** What is wrong with the inputs; a value that a preview does not know yet is right. */
  failures(inputs: Properties): Failure[];
  /** The outputs beside the inputs which only a real operation can tell. */
  outputNames(inputs: Properties): string[];
  create(inputs: Properties, context: Context): Promise<Properties>;
  update(inputs: Properties, state: Properties, context: Context): Promise<Properties>;
  delete(state: Properties, context: Context): Promise<void>;
}

type Shape = "text" | "texts" | "textMap" | "flag" | "list" | "number" | "any";

const shapes: { [shape in Shape]: { is: (value: Value) => boolean; called: string } } = {
  text: { is: (value) => typeof value === "string", called: "a string" },
  texts: {
    is: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
    called: "a list of strings",
  },
  textMap: {
    is: (value) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((item) => typeof item === "string"),
    called: "a map of strings",
  },
  flag: { is: (value) => typeof value === "boolean", called: "true or false" },
  list: { is: Array.isArray, called: "a list" },
  number: { is: (value) => typeof value === "number", called: "a number" },
  any: { is: () => true, called: "a value" },
};

export interface Field {
  shape: Shape;
  required?: boolean;
  oneOf?: readonly string[];
}

/** Compares `inputs` with `fields`; `isUnknown` tells which values cannot be judged yet. */
export function misfits(
  inputs: Properties,
  fields: { [name: string]: Field },
  isUnknown: (value: Value) => boolean,
  prefix = "",
): Failure[] {
  const failures: Failure[] = [];
  for (const name of Object.keys(inputs)) {
    if (!fields[name] && !name.startsWith("__")) {
      failures.push({
        property: prefix + name,
        reason: `is not known; known are ${Object.keys(fields).join(", ")}`,
      });
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = inputs[name] ?? null;
    if (value === null) {
      if (field.required) {
        failures.push({ property: prefix + name, reason: "is required" });
      }
    } else if (!isUnknown(value)) {
      const shape = shapes[field.shape];
      if (!shape.is(value)) {
        failures.push({ property: prefix + name, reason: `must be ${shape.called}` });
      } else if (field.oneOf && !field.oneOf.includes(value as string)) {
        failures.push({ property: prefix + name, reason: `must be one of ${field.oneOf.join(", ")}` });
      }
    }
  }
  return failures;
}

export const loggingField: Field = { shape: "text", oneOf: ["stdout", "stderr", "stdoutAndStderr", "none"] };

/** The fields that local and remote commands have in common. */
export const commandFields: { [name: string]: Field } = {
  create: { shape: "text" },
  update: { shape: "text" },
  delete: { shape: "text" },
  triggers: { shape: "list" },
  environment: { shape: "textMap" },
  stdin: { shape: "text" },
  logging: loggingField,
  addPreviousOutputInEnv: { shape: "flag" },
};
