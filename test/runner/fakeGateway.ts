import { PassThrough } from "stream";
import type { ExecProcess } from "../../workloads/containers";

/** Counters of a gateway's classes, by the site that each leads to. */
export type Counters = Record<string, { bytes: number; packets: number; dropped: number }>;

/** `gateway traffic` as the runner sees it: a reading at once, one for each line, and a last one at the end. */
export function tellingGateway(counters: () => Counters, now = () => Date.now() / 1000): ExecProcess {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const tell = (): void => void stdout.write(`${JSON.stringify({ time: now(), classes: counters() })}\n`);
  tell();
  stdin.on("data", tell);
  const exited = new Promise<number>((resolve) => {
    stdin.on("end", () => {
      tell();
      stdout.end(`${JSON.stringify({ done: true })}\n`);
      stderr.end();
      resolve(0);
    });
  });
  return { stdin, stdout, stderr, exited };
}

/** A gateway whose telling ends by itself, after a word to standard error. */
export function failingGateway(word: string): ExecProcess {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stderr.end(`${word}\n`);
  stdout.end();
  return { stdin: new PassThrough(), stdout, stderr, exited: Promise.resolve(1) };
}
