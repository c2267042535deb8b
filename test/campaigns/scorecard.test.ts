import { deepEqual, equal, match, ok } from "assert/strict";
import type { ParameterColumn } from "../../campaigns/columns";
import { scorecardOf } from "../../campaigns/faults/scorecard";
import { shownScorecard } from "../../campaigns/report/scorecard";
import type { Row } from "../../campaigns/table/rows";

const measured = (changes: Row): Row => ({
  ...{ status: "complete", workload_status: "complete", workload: "call", pattern: "call" },
  ...{ bus_kind: "rabbitmq", bus_topology: "single", repetition: 1, point: 1 },
  ...{ offered_per_s: 20, full_service_per_s: 20, received: 100, full_service_s: 0 },
  ...changes,
});
/** A row of the one or the other fault, with the share of calls that came through, percent. */
const kill = (repetition: number, percent: number, more: Row = {}) =>
  measured({
    ...{ repetition, point: 1, fault: "kill", fault_of: "core/rabbitmq", timeline: "kill" },
    ...{ succeeded: percent, errors: 100 - percent, ...more },
  });
const cut = (repetition: number, percent: number, more: Row = {}) =>
  kill(repetition, percent, { point: 2, fault: "cut", fault_of: "core--edge", timeline: "cut", ...more });
const timeline: ParameterColumn = { name: "timeline", path: "timeline", values: ["kill", "cut"] };
const scoreOf = (rows: readonly Row[]) => scorecardOf(rows, [])?.scores[0];
const shownOf = (rows: readonly Row[], parameters: readonly ParameterColumn[] = []) => {
  const source = { kind: "runs" as const, label: "", folder: "", runs: [] };
  return shownScorecard({ ...source, table: { columns: [], parameters, rows } });
};

describe("a score of faults that were not all measured alike", () => {
  it("counts each fault alike, whichever of its repetitions failed", () => {
    const rows = [kill(1, 40), cut(1, 100), kill(2, 60), cut(2, 100), kill(3, 50)];
    // By the repetitions' own means the third would have counted its one fault as much as the others their two.
    deepEqual(scoreOf(rows)?.cameThrough, {
      mean: 75,
      low: 70,
      high: 80,
      repetitions: 2,
      spread: "extremes",
    });
  });

  it("has an interval of whole repetitions alone, and of five of them", () => {
    const whole = [1, 2, 3, 4, 5].flatMap((repetition) => [
      kill(repetition, 48 + repetition),
      cut(repetition, 100),
    ]);
    const {
      mean = NaN,
      low = NaN,
      high = NaN,
      ...about
    } = scoreOf([...whole, kill(6, 0)])?.cameThrough ?? {};
    deepEqual(about, { repetitions: 5, spread: "interval" });
    // The repetition that was only begun is in the mean of its fault, and would have been the interval's lower end.
    equal(mean, (255 / 6 + 100) / 2);
    ok(low > 74 && high < 77, `${low} to ${high}`);
  });

  it("has no spread where no repetition is whole", () => {
    const score = scoreOf([kill(1, 40), cut(2, 100)])?.cameThrough;
    deepEqual(score, { mean: 70, low: 70, high: 70, repetitions: 0, spread: "extremes" });
  });

  it("counts a fault's workloads alike as well", () => {
    const cast = { workload: "cast", pattern: "cast", succeeded: 100, errors: 0 };
    const rows = [kill(1, 40), kill(1, 40, { ...cast, received: 100 }), kill(2, 60)];
    deepEqual(scoreOf(rows)?.cameThrough, {
      mean: 75,
      low: 70,
      high: 70,
      repetitions: 1,
      spread: "extremes",
    });
  });

  it("has another share and the same seconds lost where the same outage is watched for longer", () => {
    // Twenty a second, of which 100 fail: in 10 s and in 40 s. The last call timed out ten seconds after the window.
    const short = kill(1, 0, { succeeded: 100, errors: 100, duration_s: 20 });
    const long = kill(1, 0, { succeeded: 700, errors: 100, duration_s: 50 });
    deepEqual([scoreOf([short])?.cameThrough.mean, scoreOf([long])?.cameThrough.mean], [50, 87.5]);
    deepEqual([scoreOf([short])?.serviceLostSeconds.mean, scoreOf([long])?.serviceLostSeconds.mean], [5, 5]);
    const { explanation = "", scores, faults } = shownOf([short]) ?? {};
    match(explanation, /The score depends on the length of the measured window/);
    equal(scores?.rows[0]?.[scores.head.indexOf("seconds of full service lost a fault")], "5");
    equal(faults?.rows[0]?.[faults.head.indexOf("full service lost s")], "5");
  });

  it("counts each fault alike in the seconds lost, too, with an interval of five whole repetitions", () => {
    const rows = [1, 2, 3, 4, 5].flatMap((repetition) => [
      kill(repetition, 38 + 4 * repetition),
      cut(repetition, 100),
    ]);
    // Windows of 5 s, of which the one fault cost 2.5 s on the average, and the other nothing; and one that was only begun.
    const {
      mean = NaN,
      low = NaN,
      high = NaN,
      ...about
    } = scoreOf([...rows, kill(6, 50)])?.serviceLostSeconds ?? {};
    deepEqual(about, { repetitions: 5, spread: "interval" });
    ok(
      Math.abs(mean - 1.25) < 1e-9 && low > 1.05 && low < mean && high > mean && high < 1.45,
      `${low} to ${high}`,
    );
  });

  it("has lost the whole window where nothing was so much as asked for", () => {
    const rows = [kill(1, 0, { succeeded: 0, errors: 0, received: 0, duration_s: 30 })];
    equal(scoreOf(rows)?.serviceLostSeconds.mean, 30);
  });

  it("names the faults of which nothing was measured, and the buses", () => {
    const parameters = [
      { ...timeline, values: ["kill", "cut", "kill", "cut", "kill"] },
      { name: "bus", path: "bus", values: ["single", "single", "cluster", "cluster", "other"] },
    ];
    const rows = [
      kill(1, 50, { bus: "single" }),
      cut(1, 100, { bus: "single" }),
      kill(1, 90, { bus: "cluster", point: 3 }),
      { status: "failed", point: 4, repetition: 1, bus: "cluster", timeline: "cut" },
      { status: "failed", point: 5, repetition: 1, bus: "other", timeline: "kill" },
    ];
    const card = scorecardOf(rows, parameters);
    deepEqual(card?.missing, [
      { of: "cluster", faults: ["cut"] },
      { of: "other", faults: ["kill"] },
    ]);
    const { explanation = "" } = shownOf(rows, parameters) ?? {};
    match(
      explanation,
      /lacks some is not to be compared with one of all: cluster: cut\. other: all, and it has no score\./,
    );
    match(explanation, /five or more repetitions in which every one of them was measured/);
  });

  it("names faults that other workloads alone were measured under, and those of which there is no one figure", () => {
    const parameters = [{ ...timeline, values: ["kill", "cut", "pause", undefined] }];
    const pause = { point: 3, timeline: "pause", fault: undefined, fault_of: undefined };
    const rows = [
      kill(1, 50),
      kill(1, 50, { fault: undefined, workload: "warm-up" }),
      ...["servers", "rally"].map((kind) => cut(1, 100, { kind, workload: kind })),
      cut(1, 100, { workload_status: "failed" }),
      // Of a closed loop, say.
      kill(1, 100, { ...pause, broken_on_purpose: true }),
      // There for comparison, and failed.
      { status: "failed", point: 4, repetition: 1 },
    ];
    deepEqual(scorecardOf(rows, parameters)?.missing, [{ of: "rabbitmq single", faults: ["cut", "pause"] }]);
    const ofServers = rows.filter(({ point, kind }) => point !== 2 || kind !== undefined);
    deepEqual(
      scorecardOf(ofServers, parameters)?.missing.flatMap(({ faults }) => faults),
      ["pause"],
      "a point without such a workload lacks none of its figures",
    );
  });

  it("is of one bus each, though their switches have the same values", () => {
    const column = (name: string, values: (boolean | number | undefined)[]): ParameterColumn => ({
      ...{ name, path: "bus", values },
    });
    const namesOf = (parameters: readonly ParameterColumn[]) => {
      const rows = [0, 1].map((at) =>
        kill(1, 50 + 10 * at, {
          point: at + 1,
          ...Object.fromEntries(parameters.map(({ name, values }) => [name, values[at]])),
        }),
      );
      return scorecardOf(rows, parameters)?.scores.map(({ of, cameThrough }) => [of, cameThrough.mean]);
    };
    deepEqual(namesOf([column("bus.tls", [true, undefined]), column("bus.failover", [undefined, true])]), [
      ["tls true", 50],
      ["failover true", 60],
    ]);
    deepEqual(namesOf([column("bus.nodes.a", [3, undefined]), column("bus.nodes.b", [undefined, 3])]), [
      ["bus.nodes.a 3", 50],
      ["bus.nodes.b 3", 60],
    ]);
  });

  it("has nothing to name where every fault was measured at least once", () =>
    deepEqual(scorecardOf([kill(1, 50), cut(2, 50)], [timeline])?.missing, []));

  it("counts runs that were not measured, and not their workloads", () => {
    const failed = (repetition: number, workload: string) =>
      kill(repetition, 0, { status: "failed", workload });
    const rows = [kill(1, 50), failed(2, "call"), failed(2, "cast"), failed(2, "fanout"), failed(3, "call")];
    equal(scoreOf(rows)?.failed, 2);
    equal(scoreOf([kill(1, 50), kill(2, 50, { status: "running" })])?.failed, 1);
  });

  it("says beside the score that a link is cut for the bus and for its clients at once", () =>
    match(
      shownOf([cut(1, 50)])?.explanation ?? "",
      /Connections inside the bus are cut by the links they cross, with clients' traffic/,
    ));

  it("says of a score how many of its runs have no figure, as those may be the worst", () => {
    const scoreIn = (rows: readonly Row[]) => shownOf(rows)?.scores.rows[0]?.[1];
    const failed = (repetition: number) => kill(repetition, 0, { status: "failed" });
    equal(
      scoreIn([kill(1, 50), kill(2, 60), failed(3), failed(4)]),
      "55 [50, 60]; 2 of its 4 runs have no figure",
    );
    equal(scoreIn([kill(1, 50), failed(2)]), "50; 1 of its 2 runs has no figure");
    equal(scoreIn([kill(1, 50), kill(2, 60)]), "55 [50, 60]");
    match(shownOf([kill(1, 50)])?.explanation ?? "", /it is too good \(survivor bias\)/);
  });

  it("has of each fault its errors by kind, when something was served again, and after which the bus was well", () => {
    const seen = (kinds: object, first_served_s?: number, bus_healed?: boolean): Row => ({
      errors_by_kind: JSON.stringify(kinds),
      ...(first_served_s === undefined ? {} : { first_served_s }),
      ...(bus_healed === undefined ? {} : { bus_healed }),
    });
    const rows = [
      kill(1, 50, seen({ Timeout: 48, Refused: 2 }, 11, true)),
      kill(2, 40, seen({ Refused: 60 }, 13, false)),
      // Failed, and known not to be well after it.
      { ...{ status: "failed", point: 1, repetition: 3, timeline: "kill", bus_healed: false } },
      cut(1, 100),
    ];
    const shown = shownOf(rows, [timeline]);
    const cell = (row: number, head: string) =>
      shown?.faults.rows[row]?.[shown.faults.head.indexOf(head)] ?? "no such column";
    const columns = ["fault", "errors", "by kind", "1st success after s", "healed by itself"];
    deepEqual(
      [0, 1].map((row) => columns.map((head) => cell(row, head))),
      [
        ["kill core/rabbitmq", "110", "Refused 62, Timeout 48", "12 [11, 13]", "1 of 3"],
        ["cut core--edge", "0", "–", "–", "–"],
      ],
    );
  });

  it("says in how many workloads it is not known who was deaf, rather than that nobody was", () => {
    const shownOf = (rows: readonly Row[]) => {
      const source = { kind: "runs" as const, label: "", folder: "", runs: [] };
      const shown = shownScorecard({ ...source, table: { columns: [], parameters: [], rows } });
      return [shown?.scores, shown?.faults].map(
        (cells) => cells?.rows[0]?.[cells.head.indexOf("deaf agents")],
      );
    };
    const looked = { deaf_servers: 1, unserved_clients: 1 };
    deepEqual(shownOf([kill(1, 50, looked), kill(2, 50)]), Array(2).fill("2; not known in 1"));
    deepEqual(shownOf([kill(1, 50, looked), kill(2, 50, looked)]), ["4", "4"]);
    deepEqual(shownOf([kill(1, 50)]), ["–", "–"]);
  });

  it("tells apart the ways in which one thing was broken", () => {
    const long = { timeline: "kill for long", point: 2 };
    const rows = [kill(1, 90), kill(2, 90), kill(1, 40, long)];
    const card = scorecardOf(rows, [{ ...timeline, values: ["kill", "kill for long"] }]);
    deepEqual([card?.scores[0]?.faults, card?.scores[0]?.cameThrough.mean], [2, 65]);
    deepEqual(
      card?.faults.map(({ fault, repetitions }) => [fault, repetitions]),
      [
        ["kill core/rabbitmq (kill)", 2],
        ["kill core/rabbitmq (kill for long)", 1],
      ],
    );
  });
});
