import { z } from "zod";
import { siteName, workloadName } from "../names";
import { memory, seconds } from "../quantities";
import { show } from "../show";
import { regionSetting } from "./region";

const settings = z.record(z.string(), z.unknown());

/** The text of a task file, as `readScenarioFiles` puts it in the place of the file's name. */
const taskFile = z
  .union([
    z.string().describe("Path of the file from the scenario's folder."),
    z
      .strictObject({
        file: z.string().describe("What the file was called."),
        text: z.string().min(1).describe("What was in it."),
      })
      .describe("Of a scenario to be repeated: the file's name and its text."),
  ])
  .describe(
    "A task of Rally's own format (YAML or JSON) in place of `scenario`; `arguments`, `times` and `concurrency` fill what it has in {{ }}.",
  );

/** A Rally task against the scenario's control plane. */
export const rallySchema = z
  .strictObject({
    kind: z.literal("rally"),
    name: workloadName.describe("Names the workload in results; unique in the scenario."),
    site: siteName.describe("The site that Rally asks from, such as core."),
    region: regionSetting,
    scenario: z
      .string()
      .regex(/^[A-Za-z]\w*\.[a-z]\w*$/, {
        error: ({ input }) =>
          `${show(input)} is no name of a Rally scenario: use one such as NovaServers.boot_and_delete_server`,
      })
      .optional()
      .describe("A scenario of Rally by name, such as NovaServers.boot_and_delete_server; this or `file`."),
    file: taskFile.optional(),
    arguments: settings
      .default({})
      .describe("The scenario's arguments as Rally has them, such as { flavor: { name: m1.tiny } }."),
    contexts: settings
      .optional()
      .describe(
        "What Rally makes before and removes after; default { users: { tenants: 1, users_per_tenant: 1 } }, or nothing where no cloud is needed. Not with `file`.",
      ),
    times: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .describe("How often the scenario is executed; default 10."),
    concurrency: z.int().min(1).max(1000).default(1).describe("How many at a time; default 1."),
    sla: settings
      .optional()
      .describe(
        "What must hold for the workload to count as complete, as Rally has it; default { failure_rate: { max: 0 } }. Not with `file`.",
      ),
    trace: z
      .boolean()
      .default(false)
      .describe(
        "Whether each iteration's requests are traced through the control plane's services; default false. Its durations then hold what that takes.",
      ),
    timeout: seconds
      .prefault("30min")
      .describe("After this long the task is ended and the workload has failed; default 30min."),
    memory: memory
      .prefault("1GiB")
      .describe("Memory limit of Rally's container, such as 1GiB (the default)."),
  })
  .describe("A task of Rally, OpenStack's benchmark of its control plane.");
export type RallyDefinition = z.infer<typeof rallySchema>;

/** Traces are kept one and all, each of a megabyte or so. */
const mostTraced = 200;

/** What is wrong with a Rally workload that needs more than one field to see. */
export function rallyIssues(rally: RallyDefinition): { path: string[]; message: string }[] {
  const { scenario, file, concurrency, times } = rally;
  if (scenario === undefined && file === undefined)
    return [
      {
        path: ["scenario"],
        message:
          "say what to execute: `scenario: NovaServers.boot_and_delete_server`, or `file:` with a task of Rally",
      },
    ];
  if (scenario !== undefined && file !== undefined)
    return [
      { path: ["file"], message: `${scenario} and a file cannot both be executed: keep one of the two` },
    ];
  for (const setting of ["contexts", "sla"] as const)
    if (file !== undefined && rally[setting] !== undefined)
      return [
        {
          path: [setting],
          message: `a task file says its ${setting} itself: write it there, or use \`scenario\``,
        },
      ];
  if (rally.trace && times > mostTraced)
    return [
      {
        path: ["times"],
        message: `${times} iterations are more than can be traced in one run: use at most ${mostTraced}, or trace: false`,
      },
    ];
  if (file === undefined && concurrency > times)
    return [
      {
        path: ["concurrency"],
        message: `${concurrency} at a time are more than there are: use at most ${times}, or more times`,
      },
    ];
  return [];
}

/** Groups of Rally's own scenarios, which need no cloud. */
const withoutCloud = new Set(["Dummy", "HttpRequests"]);

/** The scenarios of a workload that need a control plane, by name. */
export function openStackScenarios({ scenario, file }: RallyDefinition): string[] {
  const text = typeof file === "object" ? file.text : "";
  const named =
    scenario === undefined ? [...text.matchAll(/\b[A-Z]\w*\.[a-z]\w*/g)].map(([name]) => name) : [scenario];
  return [...new Set(named)].filter((name) => !withoutCloud.has(name.split(".")[0] ?? ""));
}
