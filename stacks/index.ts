import * as pulumi from "@pulumi/pulumi";
import Docker from "dockerode";
import { deployExperiment } from "../components/experiment";
import { planScenario } from "../components/plan/plan";
import { findTarget } from "../components/target/facts";
import { noteHosts, noteMadeHost } from "../components/target/hosts/note";
import { controlGroupsOf } from "../components/target/local/facts";
import { makeHosts } from "../components/target";
import { hostsAlone } from "../components/target/alone";
import { readImageSources } from "../components/target/images";
import type { SshDestination } from "../workloads/hosts/destination";
import { baseImageTag, buildSettings } from "../toolchain/base-image";
import { onlyDeployVariable } from "./environment";
import { readScenarioFiles } from "./scenario/files";
import { parseScenario, ScenarioError } from "./scenario/parse";

/*
 * Pulumi's SDK takes a stack trace of each promise that a resource has, for messages about promises that are never
 * kept; mapped back to TypeScript, frame by frame, they are half of what a large stack's program does. An error
 * still says where it was thrown. Who looks for such a promise, by the SDK's own variable, gets all of them.
 */
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) Error.stackTraceLimit = 1;

/** The program: scenario, plan, components. Everything that may be refused is refused before anything is made. */
export = async () => {
  try {
    const text = new pulumi.Config("buswide").requireObject("scenario");
    const written = readScenarioFiles(text, __dirname);
    const scenario = parseScenario(written);
    const target = await findTarget(scenario, pulumi.getStack(), {
      root: process.cwd(),
      docker: new Docker(),
    });
    const plan = planScenario(scenario, target.facts);
    const { issues } = await target.check(plan);
    if (issues.length > 0) throw new ScenarioError(issues);
    if (hostsAlone(scenario.target)) return makeHosts(scenario.target, plan.stack, plan.hosts);
    if (plan.hosts && !plan.hosts.cloud && !pulumi.runtime.isDryRun())
      noteHosts(process.cwd(), plan.stack, plan.hosts.hosts.values());
    // Hosts that the stack makes have nothing of it before they are there.
    const reached = (host: string, ssh: SshDestination) => noteMadeHost(process.cwd(), plan.stack, host, ssh);
    const { buildArgs, networkMode } = buildSettings();
    const images = readImageSources(process.cwd(), { base: baseImageTag(), args: buildArgs, networkMode });
    const measured = process.env[onlyDeployVariable] !== "true";
    const controlGroups = plan.metrics === undefined ? undefined : await controlGroupsOf();
    return deployExperiment(plan, { images, controlGroups, reached }, { written, measured });
  } catch (error) {
    if (error instanceof ScenarioError)
      throw new pulumi.RunError(`the scenario was refused:\n${error.message}`);
    throw error;
  }
};
