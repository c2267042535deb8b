import { closeSync, openSync, writeSync } from "fs";

/** The kernel's interface for the longest time that a processor may take to become active again. */
const latencyFile = "/dev/cpu_dma_latency";

/**
 * Asks the kernel to keep this machine's processors from idle states that take time to leave, for as long as this
 * process lives. A packet that crosses an emulated link wakes six processes one after the other; on a virtual
 * machine, whose processors give way to their host when they have nothing to do, each is woken some tenths of a
 * millisecond late otherwise. The kernel takes the request back when the file is closed, so also when the process is
 * killed (PM Quality of Service; cyclictest does the same).
 *
 * @returns Whether it does so: it takes root, and a kernel that has the interface.
 */
export function holdOffIdleStates(file = latencyFile): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r+");
    // Microseconds, a 32-bit integer.
    writeSync(descriptor, new Uint8Array(4));
    return true;
  } catch {
    if (descriptor !== undefined) closeSync(descriptor);
    return false;
  }
}
