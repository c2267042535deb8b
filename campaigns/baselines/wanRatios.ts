import type { Row } from "../table/rows";
import {
  alike,
  busOf,
  descriptions,
  differences,
  isDelay,
  meanOf,
  meanOfPoint,
  over,
  whereMeasured,
} from "./alike";
import type { BaselineRatios } from "./ratios";
import { keystoneBaseline, tcpBaseline, wanBaseline } from "./read";

/** Shape over delay of calls, beside that of every published operation. */
export function overWan(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const calls = rows.filter(({ pattern }) => pattern === "call");
  return {
    ...againstNone(
      calls,
      parameters,
      // Networks are made without a compute: nothing of it crosses the WAN.
      (operation) => operation !== "create and delete networks",
      { name: "workload", figure: "p50" },
      "latency_p50_ms",
    ),
    caution: `An operation of OpenStack waits for many things besides the network, a bare RPC for nothing else: the RPC's ratio must be far the larger. What can be compared is that both rise with every step. ${ofLinks}`,
  };
}

export const ofLinks =
  "The published round-trip time is that between controllers and computes, over one link; ours is the greatest of any single link, which is less than what a message takes that crosses several.";

/** The published operations that Rally has a scenario for which a control plane without real servers can execute. */
export const rallyScenarios: Readonly<Record<string, string>> = {
  "boot and delete": "NovaServers.boot_and_delete_server",
  "pause and unpause": "NovaServers.pause_and_unpause_server",
  "create and delete networks": "NeutronNetworks.create_and_delete_networks",
};

/** Shape over delay of Rally's scenarios, beside that of the same operations. */
export function operationsOverWan(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const measured = rows.filter(({ rally_scenario }) =>
    Object.values(rallyScenarios).some((scenario) => scenario === rally_scenario),
  );
  return {
    ...againstNone(
      measured,
      parameters,
      (operation) => measured.some(({ rally_scenario }) => rally_scenario === rallyScenarios[operation]),
      { name: "rally_scenario", figure: "mean" },
      "rally_mean_s",
    ),
    caution: `Published: real hypervisors, which take most of the time whatever the network. Ours: Nova's fake driver, which boots nothing, so that the control plane and its network are all that is waited for, and the ratio is the larger one. ${ofLinks}`,
  };
}

/**
 * Each published round-trip time against none: the published operations that are `told`, then each of ours that was
 * measured at both.
 * @param shown The column that names one of ours, and what its figure is. @param column The figure.
 */
export function againstNone(
  rows: readonly Row[],
  parameters: readonly string[],
  told: (operation: string) => boolean,
  shown: { readonly name: string; readonly figure: string },
  column: string,
): Omit<BaselineRatios, "caution"> {
  const { figures, ...about } = wanBaseline();
  return againstBase(rows, parameters, {
    ...{ about, shown, column, base: 0, trip: "link_rtt_asked_ms" },
    figures: figures
      .filter(({ operation }) => told(operation))
      .map(({ operation, rttMs, seconds }) => ({ name: operation, rttMs, value: seconds })),
  });
}

/** What one TCP stream carries at a round-trip time, against what it does at the shortest that is not none. */
export function tcpOverWan(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, ...about } = tcpBaseline();
  return {
    ...againstBase(rows, parameters, {
      ...{ about, shown: { name: "workload", figure: "TCP there" }, base: 20, trip: "shaker_rtt_asked_ms" },
      column: "shaker_tcp_there_bit_per_s",
      figures: figures.map(({ rttMs, megabitsPerSecond }) => ({
        ...{ name: "one TCP stream", rttMs, value: megabitsPerSecond },
      })),
    }),
    caution: `A stream that its window bounds carries half as much at twice the round-trip time. Published: between two machines of 10 Gbit/s, with the windows of their kernels. Ours may be bound by a link's rate, or by the processor, instead: then the ratio is nearer 1.`,
  };
}

/**
 * Each round-trip time beyond `base` against it: the published figures, then each of ours that was measured at both.
 * @param shown The column that names one of ours, and what its figure is. @param column The figure.
 */
function againstBase(
  rows: readonly Row[],
  parameters: readonly string[],
  {
    about,
    figures,
    base,
    trip,
    shown,
    column,
  }: {
    readonly about: Pick<BaselineRatios, "title" | "source" | "conditions">;
    readonly figures: readonly { readonly name: string; readonly rttMs: number; readonly value: number }[];
    /** Milliseconds. */
    readonly base: number;
    /** The column of our round-trip times. */
    readonly trip: string;
    readonly shown: { readonly name: string; readonly figure: string };
    readonly column: string;
  },
): Omit<BaselineRatios, "caution"> {
  const columns = [...parameters, ...descriptions].filter(
    (name) => !isDelay(name) && name !== "link_rtt_asked_ms",
  );
  const published = [...new Set(figures.map(({ name }) => name))];
  const trips = [...new Set(figures.map(({ rttMs }) => rttMs))].filter((rttMs) => rttMs > base);
  const theirs = (name: string, rttMs: number) =>
    figures.find((figure) => figure.name === name && figure.rttMs === rttMs)?.value;
  const own = (group: readonly Row[], rttMs: number) => meanOf(group, trip, rttMs, column);
  const lossless = rows.filter(({ link_loss_asked_percent: loss }) => (loss ?? 0) === 0);
  const found = alike(lossless, columns)
    .map((group) => ({
      row: group[0] ?? {},
      values: trips.map((rttMs) => over(own(group, rttMs), own(group, base))),
    }))
    .filter(({ values }) => values.some((value) => value !== undefined));
  const besides = differences(
    found.map(({ row }) => row),
    ["bus_kind", "bus_topology", shown.name],
    columns,
  );
  const names = found.map(
    ({ row }, at) => `ours: ${busOf(row)}, ${String(row[shown.name])}${besides[at] ?? ""}, ${shown.figure}`,
  );
  return {
    ...about,
    columns: [...published, ...names],
    ratios: trips.flatMap((rttMs, at) => {
      const ours = found.map(({ values }) => values[at]);
      if (ours.every((value) => value === undefined)) return [];
      const ratios = published.map((name) => over(theirs(name, rttMs), theirs(name, base)));
      return [
        {
          what: `${rttMs} ms of round-trip time against ${base === 0 ? "none" : `${base} ms`}`,
          values: [...ratios, ...ours],
        },
      ];
    }),
  };
}

/** The parameter that says what a control plane's database is. */
const databaseKind = "controlPlane.database.kind";

/** A token of Keystone's on Galera against one on a single MariaDB, each at one round-trip time. */
export function databases(rows: readonly Row[], parameters: readonly string[]): BaselineRatios {
  const { figures, ...about } = keystoneBaseline();
  const theirs = (database: string) =>
    figures.find(
      (figure) => figure.operation === "authenticate" && figure.rttMs === 300 && figure.database === database,
    )?.seconds;
  const columns = [...parameters, ...descriptions].filter(
    (name) => !name.startsWith("controlPlane.database."),
  );
  const tokens = rows.filter(
    (row) => row.rally_scenario === "Authenticate.keystone" && (row.link_loss_asked_percent ?? 0) === 0,
  );
  const found = alike(tokens, columns).flatMap((group) => {
    const of = (kind: string) =>
      meanOfPoint(
        group.filter((row) => row[databaseKind] === kind),
        "rally_mean_s",
      );
    const ours = over(of("galera"), of("mariadb"));
    return ours === undefined ? [] : [{ row: group[0] ?? {}, ours }];
  });
  const besides = differences(
    found.map(({ row }) => row),
    ["workload", "link_rtt_asked_ms"],
    columns,
  );
  return {
    ...about,
    caution: `Published: nine sites 300 ms apart, lightly loaded, on machines of their own. Ours: as many sites as the scenario has, ${whereMeasured(found.map(({ row }) => row))}, at the round-trip time that is named. A single MariaDB answers only who is at its own site as soon as a Galera does.`,
    columns: ["published", "ours"],
    ratios: found.map(({ row, ours }, at) => ({
      what: `authenticate, Galera against one MariaDB, ${String(row.workload)} at ${String(row.link_rtt_asked_ms ?? 0)} ms (published: 300 ms)${besides[at] ?? ""}`,
      values: [over(theirs("galera"), theirs("mariadb")), ours],
    })),
  };
}
