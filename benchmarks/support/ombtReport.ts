/** What ombt says of a call test. */
export interface CallTest {
  readonly clients: number;
  readonly servers: number;
  /** Calls of all clients, failed ones too. */
  readonly calls: number;
  readonly failed: number;
  readonly callsPerSecond: number;
}

/** Reads the text that `ombt controller rpc-call` prints; its clients' half. Errors: it is none. */
export function parseCallTest(text: string): CallTest {
  const clientsHalf = text.slice(
    text.indexOf("Aggregated RPC Client results:"),
    text.indexOf("Aggregated RPC Server results:"),
  );
  const number = (within: string, pattern: RegExp): number | undefined => {
    const found = pattern.exec(within)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const clients = number(text, /^(\d+) RPC clients, /m);
  const servers = number(text, /^\d+ RPC clients, (\d+) RPC Servers /m);
  const calls = number(clientsHalf, /^Total Messages: (\d+)$/m);
  const callsPerSecond = number(clientsHalf, /^Aggregate throughput: ([\d.]+) msgs\/sec$/m);
  if (clients === undefined || servers === undefined || calls === undefined || callsPerSecond === undefined)
    throw new Error(`ombt's report cannot be read:\n${text.trim()}`);
  const failed = number(clientsHalf, /^Error: (\d+) message transfers failed$/m) ?? 0;
  return { clients, servers, calls, failed, callsPerSecond };
}
