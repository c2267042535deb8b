import type { Bench } from "../benchmark";
import { ratio, type Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";
import { delaysMs, rates } from "./delays";
import { critical, distanceTo, distributions, jittered, jitterMs, shareBelow } from "./jitter";
import { losses } from "./losses";

const by = "(netem, rendered only: this kernel has none)";

/**
 * What netem would be told, on a kernel that has none: its commands are made by the gateway, and what they say is read back.
 * This finds wrong units and rounding; whether the kernel keeps to its commands, it can't find.
 */
export async function readRendered(bench: Bench, gateways: Gateways): Promise<Figure[]> {
  bench.progress("netem: rendering commands");
  const leaf = async (impairment: Parameters<Gateways["renderForNetem"]>[0]): Promise<string> => {
    const commands = await gateways.renderForNetem(impairment);
    const found = commands.find((command) => / netem limit /.test(command));
    if (!found) throw new Error(`no netem among the commands: ${commands.join("; ")}`);
    return found;
  };
  const said = (command: string, pattern: RegExp): number => {
    const value = Number(pattern.exec(command)?.[1] ?? NaN);
    if (Number.isNaN(value)) throw new Error(`${pattern.source} is not in: ${command}`);
    return value;
  };
  const figures: Figure[] = [];
  for (const delayMs of delaysMs) {
    const us = said(await leaf({ delayMs }), / delay (\d+)us /);
    figures.push(ratio(`delay, commanded / asked for, ${delayMs} ms ${by}`, [[us / 1000, delayMs]]));
  }
  for (const lossPercent of losses.filter((loss) => loss > 0)) {
    const percent = said(await leaf({ delayMs: 10, lossPercent }), / loss random ([\d.]+)% /);
    // iproute2 hands the kernel a share as a whole number of 2^-32 (tc/q_netem.c, get_percent).
    const kept = Math.round((percent / 100) * 2 ** 32) / 2 ** 32;
    figures.push(ratio(`loss, commanded / asked for, ${lossPercent} % ${by}`, [[100 * kept, lossPercent]]));
  }
  for (const rate of rates) {
    const bits = said(await leaf({ delayMs: 5, rateBitsPerSecond: rate }), / rate (\d+)bit$/);
    // The kernel counts whole bytes a second.
    figures.push(
      ratio(`rate, commanded / asked for, ${rate / 1e6} Mbit/s ${by}`, [[8 * Math.floor(bits / 8), rate]]),
    );
  }
  for (const name of distributions) {
    const command = await leaf(jittered(name));
    const us = said(command, / delay \d+us (\d+)us /);
    figures.push(
      ratio(`jitter, ${name}, commanded / asked for, ${jitterMs} ms ${by}`, [[us / 1000, jitterMs]]),
    );
    if (name === "uniform") continue;
    if (!command.includes(` distribution ${name} `))
      throw new Error(`no distribution ${name} in: ${command}`);
    const table = await gateways.netemTable(name);
    figures.push({
      what: `jitter, ${name}: distance of netem's table of ${table.length} to its distribution, for comparison ${critical(table.length).toFixed(3)} of as many random values ${by}`,
      unit: "",
      values: [distanceTo(table, shareBelow[name])],
    });
  }
  return figures;
}
