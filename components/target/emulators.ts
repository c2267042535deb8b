import { readFileSync } from "fs";
import { resolve } from "path";
import { z } from "zod";
import type { Impairment } from "../../workloads/results/schema";

const how = z.string().nullable();

/** What each emulator makes of each setting of a link; null: it has nothing for it. */
const abilities = z.array(
  z.strictObject({
    setting: z.string(),
    fields: z.array(z.string()),
    netem: how,
    nfqueue: how,
    instead: z.string().optional(),
  }),
);

export type Ability = z.infer<typeof abilities>[number];
export type Emulator = "netem" | "nfqueue";

let read: readonly Ability[] | undefined;

/** The same file that the gateway refuses by, and the documentation's table is made from. */
export function emulatorAbilities(): readonly Ability[] {
  read ??= abilities.parse(
    JSON.parse(
      readFileSync(resolve(__dirname, "../../images/gateway/control/gateway/emulators.json"), "utf8"),
    ),
  );
  return read;
}

/** What is asked of a direction of a link that an emulator has nothing for. */
export function lackingIn(impairment: Impairment, emulator: Emulator): Ability[] {
  return emulatorAbilities().filter(
    (ability) =>
      ability[emulator] === null && ability.fields.some((field) => Object.hasOwn(impairment, field)),
  );
}

/** The table of docs/emulation.md. */
export function renderAbilities(): string {
  const cell = (text: string | null) => text ?? "— (refused)";
  return [
    "| setting | netem | nfqueue |",
    "| --- | --- | --- |",
    ...emulatorAbilities().map(
      ({ setting, netem, nfqueue }) => `| \`${setting}\` | ${cell(netem)} | ${cell(nfqueue)} |`,
    ),
  ].join("\n");
}
