import { HostsTarget } from "./hosts/target";
import type { HostsPlan } from "./hostsPlan";
import type { ImageSource } from "./images";
import { LocalTarget } from "./local/target";
import type { TargetDefinition } from "./schema";
import type { Target } from "./target";

/** What a target must know of the machine and the checkout before anything is made. */
export interface TargetFacts {
  /** Sources of every image, by name. */
  readonly images: Readonly<Record<string, ImageSource>>;
  /** The version of the control groups in which its engine runs containers, 1 or 2; absent: nobody is to read them. */
  readonly controlGroups?: 1 | 2 | undefined;
}

/** The target of a scenario. @param hosts Where its sites are, if they are on hosts. */
export function makeTarget(
  { kind, emulator }: Pick<TargetDefinition, "kind" | "emulator">,
  stack: string,
  { images, controlGroups }: TargetFacts,
  hosts?: HostsPlan,
): Target {
  switch (kind) {
    case "local":
      return new LocalTarget("target", {
        stack,
        emulator,
        images,
        ...(controlGroups === undefined ? {} : { controlGroups }),
      });
    case "machines":
      if (!hosts) throw new Error("a target of hosts was planned without them");
      return new HostsTarget("buswide:target:Machines", "target", { stack, emulator, images, plan: hosts });
  }
}
