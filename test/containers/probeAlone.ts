import { text } from "stream/consumers";
import { DockerContainers } from "../../workloads/dockerContainers";
import { runProbe } from "../../workloads/probe";
import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";

/*
 * Runs one workload given on standard input, in a process of its own that a test can kill. Prints a line when
 * the window has started.
 */
async function main(): Promise<void> {
  const given = JSON.parse(await text(process.stdin)) as {
    input: MeasurementInput;
    workload: PlannedWorkload;
  };
  await runProbe(
    new DockerContainers(),
    given.input,
    given.workload,
    {
      progress: () => undefined,
      series: () => undefined,
      windowStarted: () => void process.stdout.write("started\n"),
      windowEnded: () => undefined,
    },
    new AbortController().signal,
  );
}

void main();
