import type { ImageSource } from "./images";
import { LocalTarget } from "./local/target";
import type { TargetDefinition } from "./schema";
import type { Target } from "./target";

/** What a target must know of the machine and the checkout before anything is made. */
export interface TargetFacts {
  /** Sources of every image, by name. */
  readonly images: Readonly<Record<string, ImageSource>>;
}

/** The target of a scenario. */
export function makeTarget(definition: TargetDefinition, stack: string, facts: TargetFacts): Target {
  return new LocalTarget("target", { stack, emulator: definition.emulator, images: facts.images });
}
