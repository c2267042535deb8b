import Docker from "dockerode";
import { DockerContainers } from "../dockerContainers";
import { ServiceFaults } from "./engine";
import { FaultNotes, undoLeftFaults } from "./notes";

/**
 * Undoes what a killed run of a stack has left done to its services. Errors: the engine's.
 * @param root The project's root.
 */
export async function undoEarlierFaults(
  root: string,
  stack: string,
  progress: (line: string) => void,
  docker = new Docker(),
): Promise<void> {
  const faults = new ServiceFaults(docker, new DockerContainers(docker));
  await undoLeftFaults(faults, new FaultNotes(root, stack), progress);
}
