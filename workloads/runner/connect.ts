import Docker from "dockerode";
import { brokerSamplers } from "../brokers";
import { DockerContainers } from "../dockerContainers";
import { ServiceFaults } from "../faults/engine";
import { FaultNotes } from "../faults/notes";
import { prepareServiceFaults } from "../faults/timeline";
import { describeDeviation, describePathDeviation } from "../links";
import { runOmbt } from "../ombt";
import { runProbe } from "../probe";
import { runRally } from "../rally";
import { runServers } from "../servers";
import { runShaker } from "../shaker";
import { runTrace } from "../trace";
import type { Dependencies } from "./dependencies";
import type { MeasurementInput } from "./input";
import { readLinks, readPaths } from "./linkReadings";
import { overridesOf } from "./overrides";
import { gatherFacts } from "./provenance";
import { bothTimelines, prepareTimeline } from "./timeline";

/** The real world for a measurement: the engine's containers, the links, the probe. */
export function connect(
  measurement: MeasurementInput,
  { heldAwake, ...world }: Pick<Dependencies, "root" | "tell" | "signal"> & { heldAwake: boolean },
): Dependencies {
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const faults = new ServiceFaults(docker, containers);
  const notes = new FaultNotes(world.root, measurement.stack);
  const brokerSampler = brokerSamplers[measurement.bus.kind];
  return {
    ...world,
    overrides: overridesOf(process.env),
    containers,
    brokerSampler,
    describeDeviation,
    describePathDeviation,
    measureLinks: (input, when, progress) => readLinks(containers, input, when, progress),
    measurePaths: (input, progress) => readPaths(containers, input, progress),
    runProbe: (input, workload, hooks, signal) =>
      (workload.tool === "ombt" ? runOmbt : runProbe)(containers, input, workload, hooks, signal),
    runShaker: (input, workload, hooks, signal) => runShaker(containers, input, workload, hooks, signal),
    runRally: (input, workload, hooks, signal) => runRally(containers, input, workload, hooks, signal),
    runServers: (input, workload, hooks, signal) => runServers(containers, input, workload, hooks, signal),
    runTrace: (input, workload, hooks, signal) => runTrace(containers, input, workload, hooks, signal),
    prepareTimeline: (input, workload, take) =>
      bothTimelines(
        () => prepareTimeline(containers, input, workload, take),
        () => prepareServiceFaults(faults, notes, input, workload, take),
      ),
    gatherFacts: (input, warn) =>
      gatherFacts(input, { containers, docker, sampler: brokerSampler, root: world.root, heldAwake }, warn),
  };
}
