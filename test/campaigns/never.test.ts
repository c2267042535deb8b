import { deepEqual, equal, match, ok } from "assert/strict";
import { compareSides, type Side } from "../../campaigns/compare/compare";
import { metrics } from "../../campaigns/compare/metrics";
import { describeComparison } from "../../campaigns/compare/words";
import type { Source } from "../../campaigns/compare/sources";
import { renderMarkdown } from "../../campaigns/report/markdown";
import { figures } from "../../campaigns/report/sections";
import { shownServers } from "../../campaigns/report/serversScorecard";
import { rowsOfRun, type Row } from "../../campaigns/table/rows";
import { serversRecord } from "../runner/toolResults";
import { someResults } from "../runner/results";

const back = "servers_back_s";

/** A row of servers under a fault after which they were well again after so many seconds; undefined: never. */
function row(repetition: number, seconds: number | undefined, more: Row = {}): Row {
  const [own = {}] = rowsOfRun(someResults({ workloads: [], servers: [serversRecord()] }), repetition);
  return { ...own, point: 1, status: "complete", machine: "aa", [back]: seconds, ...more };
}
const rowsOf = (times: readonly (number | undefined)[], more: Row = {}) =>
  times.map((seconds, at) => row(at + 1, seconds, more));
const side = (label: string, rows: readonly Row[]): Side => ({ label, parameters: [], rows });
const sourceOf = (rows: readonly Row[]): Source => ({
  ...{ kind: "runs", label: "demo, run 1", folder: "", runs: [] },
  table: { columns: [], parameters: [], rows },
});

const quick = [10, 11, 10, 11, 10];
const some = [undefined, 4, undefined, 5, 4];

describe("a time until all was well that did not come in every repetition", () => {
  const compared = (a: readonly Row[], b: readonly Row[]) =>
    compareSides(side("a", a), side("b", b), { resamples: 200 });
  const verdicts = ({ effects }: ReturnType<typeof compared>) =>
    effects.filter(({ metric }) => metric.column === back).map(({ effect }) => effect.verdict);

  it("has no verdict, whichever side it is, and a note of how often it never came", () => {
    deepEqual(verdicts(compared(rowsOf(quick), rowsOf([4, 5, 4, 5, 4]))), ["better"]);
    const comparison = compared(rowsOf(quick), rowsOf(some));
    deepEqual(verdicts(comparison), []);
    const note =
      "boots: servers well again has no verdict: A never came to it in 0 of 5 (else 10 to 11 s), B never came to it in 2 of 5 (else 4 to 5 s).";
    deepEqual(comparison.notes, [note]);
    ok(describeComparison(comparison).includes(note));
    deepEqual(verdicts(compared(rowsOf(some), rowsOf(quick))), []);
  });

  it("is told of a side on which it never came at all", () => {
    const { notes } = compared(rowsOf(quick), rowsOf(Array<undefined>(5).fill(undefined)));
    match(notes.join("\n"), /servers well again has no verdict: .*B never came to it in 5 of 5\.$/m);
  });

  it("is none where nothing was asked for from the fault on, nor where there was no fault", () => {
    const unasked = { during_servers_asked: 0, after_servers_asked: 0 };
    for (const more of [unasked, { fault: undefined }]) {
      const rows = [...rowsOf([4, 5, 4, 5, 4]), row(6, undefined, more)];
      const comparison = compared(rowsOf(quick), rows);
      deepEqual([verdicts(comparison), comparison.notes], [["better"], []]);
    }
  });

  it("is in no trend", () => {
    const points = [1, 2, 3, 4, 5, 6];
    const over = (label: string, machine: string, never: number): Side => ({
      ...side(
        label,
        points.flatMap((point) =>
          rowsOf(quick.map((seconds) => point * seconds, { point })).map((one, at) => ({
            ...{ ...one, machine, point, "links[0].delay_ms": point },
            ...(point === never && at === 0 ? { [back]: undefined } : {}),
          })),
        ),
      ),
      parameters: [{ name: "links[0].delay_ms", path: "links[0].delay" }],
    });
    const { trends, notes } = compareSides(over("a", "aa", 0), over("b", "bb", 2), { resamples: 200 });
    const trend = trends.find(({ metric }) => metric.column === back);
    deepEqual([trend?.trend.points, trend?.trend.verdict], [5, "the same trend"]);
    match(notes.join("\n"), /^links\[0\]\.delay_ms 2, boots: .*B never came to it in 1 of 5/m);
  });

  it("says so in a report's tables and on a page of Markdown", () => {
    const cellOf = (rows: readonly Row[]) => {
      const page = renderMarkdown(sourceOf(rows), "Why?", "x");
      const [head = [], , body = []] = page
        .slice(page.indexOf("## boots"))
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .map((line) => line.split("|").map((cell) => cell.trim()));
      return body[head.indexOf("servers well again, s")];
    };
    equal(cellOf(rowsOf(some)), "4.33 [4, 5]; never in 2");
    equal(cellOf(rowsOf([undefined, undefined])), "never");
    match(figures(sourceOf(rowsOf(some)), "boots"), />4\.33 s \[4, 5\]; never in 2</);
    match(figures(sourceOf(rowsOf([undefined])), "boots"), /servers well again.*<td[^>]*>never</s);
  });

  it("is a dash in the table of faults where nothing was asked for from the fault on", () => {
    const cell = (rows: readonly Row[]) => {
      const shown = shownServers(sourceOf(rows));
      return shown?.rows[0]?.[shown.head.indexOf("servers well again s")];
    };
    const unasked = { during_servers_asked: 0, after_servers_asked: 0 };
    equal(cell(rowsOf([undefined], unasked)), "–");
    equal(cell([...rowsOf([4]), row(2, undefined, unasked)]), "4");
    equal(cell([...rowsOf([4]), row(2, undefined)]), "4; never in 1");
  });
});

it("a comparison has no verdict on the bytes of a bus, of which copies between its brokers are a part", () =>
  ok(metrics.every(({ column }) => column !== "plan_throughput_bytes_per_s")));
