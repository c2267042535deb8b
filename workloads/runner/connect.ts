import { brokerSamplers } from "../brokers";
import { ServiceFaults } from "../faults/engine";
import { FaultNotes } from "../faults/notes";
import { prepareServiceFaults } from "../faults/timeline";
import { gatewaysByHost, readClocks } from "../hosts/clocks";
import type { EngineMap, Engines } from "../hosts/engines";
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

/** On which engines the containers of a measurement run. */
export function engineMapOf({
  hosts = {},
  services,
}: Pick<MeasurementInput, "hosts" | "services">): EngineMap {
  return {
    hosts,
    hostOf: Object.fromEntries(
      services.flatMap(({ container, host }) => (host === undefined ? [] : [[container, host] as const])),
    ),
  };
}

/** The real world for a measurement: the engines' containers, the links, the probe. */
export function connect(
  measurement: MeasurementInput,
  engines: Engines,
  { heldAwake, ...world }: Pick<Dependencies, "root" | "tell" | "signal"> & { heldAwake: boolean },
): Dependencies {
  const { containers } = engines;
  const faults = new ServiceFaults(engines.of, containers);
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
      gatherFacts(input, { engines, sampler: brokerSampler, root: world.root, heldAwake }, warn),
    readClocks: async (input) => {
      const readings = await readClocks(containers, gatewaysByHost(input));
      engines.setClocks(
        Object.fromEntries(Object.entries(readings).map(([host, { offsetMs }]) => [host, offsetMs])),
      );
      return readings;
    },
  };
}
