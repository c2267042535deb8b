import { readFileSync } from "fs";
import { join } from "path";
import { createInterface } from "readline";
import { text } from "stream/consumers";
import type { Bench } from "../benchmark";
import type { End } from "../support/gateways";

const port = 5303;
const program = readFileSync(join(__dirname, "udp.py"), "utf8");

/** A stream of UDP packets from one end to another. */
export interface UdpStream {
  /** Bytes of UDP payload in a packet, 8 at least. */
  readonly payloadBytes: number;
  /** Packets a second; absent: as many as the sender can. */
  readonly packetsPerSecond?: number;
  readonly seconds: number;
}

/** What became of a stream's packets, by the numbers that they carry. */
export interface UdpOutcome {
  readonly sent: number;
  readonly lost: number;
  /** Packets that came after one that was sent later. */
  readonly outOfOrder: number;
  /** From the first packet that arrived to the last. */
  readonly seconds: number;
}

/** Sends a stream. Errors: the sender's or the receiver's; not one packet arrives. */
export async function sendUdp(
  { containers }: Pick<Bench, "containers">,
  [from, to]: readonly [End, End],
  { payloadBytes, packetsPerSecond, seconds }: UdpStream,
): Promise<UdpOutcome> {
  const receiver = await containers.spawn(to.container, [
    ...["python3", "-c", program, "receive", to.address, String(port), "10"],
  ]);
  receiver.stdin.end();
  const problems = text(receiver.stderr);
  const lines: string[] = [];
  const reader = createInterface({ input: receiver.stdout });
  const closed = new Promise<void>((resolve) => reader.once("close", resolve));
  const listening = new Promise<void>((resolve) =>
    reader.on("line", (line) => resolve(void lines.push(line))),
  );
  await Promise.race([listening, closed]);
  const rate = packetsPerSecond === undefined ? [] : [String(packetsPerSecond)];
  const sender = await containers.exec(from.container, [
    ...[
      "python3",
      "-c",
      program,
      "send",
      to.address,
      String(port),
      String(payloadBytes),
      String(seconds),
      ...rate,
    ],
  ]);
  await closed;
  const received = await receiver.exited;
  if (sender.exitCode !== 0) throw new Error(`${from.container}: ${sender.stderr.trim()}`);
  if (received !== 0) throw new Error(`${to.container}: ${(await problems).trim()}`);
  const [arrived = 0, outOfOrder = NaN, lasted = NaN] = (lines.at(-1) ?? "").split(" ").map(Number);
  const sent = Number(sender.stdout);
  if (!(arrived > 0 && sent >= arrived))
    throw new Error(`${arrived} packets of ${sent} arrived at ${to.container}`);
  return { sent, lost: sent - arrived, outOfOrder, seconds: lasted };
}
