import { createInterface } from "readline";
import { text } from "stream/consumers";
import { z } from "zod";
import type { Containers } from "../containers";

/** Where a gateway's train of packets goes; the same in both directions, each gateway has its own. */
const port = 5301;
export const trainSeconds = 0.5;
/**
 * A machine that stops the sender or the emulator for some 25 ms spoils a train; a link at a wrong rate spoils
 * every train. So a figure off by more than this is measured again, and the nearest one counts.
 */
const suspicious = 0.04;
const attempts = 3;

const received = z.object({ packets: z.number().int(), rateBitsPerSecond: z.number().positive() });

interface End {
  container: string;
  address: string;
}

/** What has to be known of the way that a train takes. */
export interface Line {
  /** The rate that is to be expected, bits per second. */
  readonly rateBitsPerSecond: number;
  readonly lossPercent: number;
  /** The most that a packet takes without queues, milliseconds. */
  readonly longestMs: number;
}

/**
 * The rate of one direction of a link or path, bits per second with all headers including Ethernet's (what the emulators
 * count), by a train of UDP packets that keeps the line busy for half a second: see
 * images/gateway/control/gateway/line.py, also for why it isn't iperf3.
 * Errors: a gateway's program fails; fewer than 10 packets arrive.
 */
export async function measureRate(containers: Containers, line: Line, from: End, to: End): Promise<number> {
  const error = (rate: number): number => Math.abs(rate / line.rateBitsPerSecond - 1);
  let best = await sendTrain(containers, line, from, to);
  for (let attempt = 1; attempt < attempts && error(best) > suspicious; attempt++) {
    const rate = await sendTrain(containers, line, from, to);
    if (error(rate) < error(best)) best = rate;
  }
  return best;
}

async function sendTrain(containers: Containers, line: Line, from: End, to: End): Promise<number> {
  const patienceSeconds = 10 + line.longestMs / 1000;
  const receiver = await containers.spawn(to.container, [
    ...["gateway", "line", "receive", to.address, String(port), String(patienceSeconds)],
  ]);
  receiver.stdin.end();
  const problems = text(receiver.stderr);
  const lines: string[] = [];
  const reader = createInterface({ input: receiver.stdout });
  const closed = new Promise<void>((resolve) => reader.once("close", resolve));
  const ready = new Promise<void>((resolve) => {
    reader.on("line", (line) => {
      lines.push(line);
      if (line === "ready") resolve();
    });
  });
  await Promise.race([ready, closed]);
  if (lines[0] === "ready") {
    const sent = await containers.exec(from.container, [
      ...["gateway", "line", "send", to.address, String(port)],
      ...[String(line.rateBitsPerSecond), String(line.lossPercent), String(trainSeconds)],
    ]);
    if (sent.exitCode !== 0) throw new Error(`${from.container}: ${sent.stderr.trim()}`);
  }
  const [exitCode] = await Promise.all([receiver.exited, closed]);
  if (exitCode !== 0) throw new Error(`${to.container}: ${(await problems).trim()}`);
  return received.parse(JSON.parse(lines[1] ?? "null")).rateBitsPerSecond;
}
