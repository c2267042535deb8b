import type { Engines } from "../hosts/engines";
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
  { of, containers }: Pick<Engines, "of" | "containers">,
): Promise<void> {
  const faults = new ServiceFaults(of, containers);
  await undoLeftFaults(faults, new FaultNotes(root, stack), progress);
}
