import { deepEqual, equal, match, ok } from "assert/strict";
import { rowsOfRun } from "../../campaigns/table/rows";
import { toolsInWords } from "../../campaigns/table/toolRows";
import { caveatsOf } from "../../workloads/results/caveats";
import { results } from "../../workloads/results/schema";
import { renderResults } from "../../workloads/results/table";
import { someResults } from "../runner/results";
import { rallyRecord, serversRecord, traceRecord } from "../runner/toolResults";
import { tracedRequest } from "./fixture";

const run = (change: object = {}) => ({
  ...someResults({ workloads: [] }),
  traces: [traceRecord()],
  ...change,
});
const shown = (change: object = {}, width = 100) => renderResults(run(change), { color: false, width });

describe("results of traces", () => {
  it("are what the schema promises", () => equal(results.parse(run()).traces?.length, 1));

  it("are shown by kind, with the part of the request and what was in none of them", () => {
    const lines = shown()
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/));
    const at = lines.findIndex(([name]) => name === "request");
    deepEqual(lines.slice(at, at + 5), [
      ["request", "905", "bus", "6", "174", "19", "174"],
      ["database", "7", "26", "3", "26"],
      ["http", "8", "152", "17", "152"],
      ["service", "13", "615", "68", "619"],
      ["none of them", "2", "0", "–"],
    ]);
  });

  it("say what was waited for over each link", () =>
    match(
      shown({}, 400),
      /request: what crossed core--edge-1 \(6 times a request, .*\) was waited for: bus 158 ms, database 0 ms, http 115 ms, added up\./,
    ));

  it("are the medians of requests that succeeded", () => {
    const slow = { ...tracedRequest(), unseenMs: 500, totalMs: 5000 };
    const failed = tracedRequest({ failure: "ERROR", unseenMs: 1e6 });
    const text = shown({ traces: [traceRecord({ requests: [tracedRequest(), slow, slow, failed] })] });
    match(text, /none of them +500/);
  });

  it("fit 80 columns", () =>
    deepEqual(
      shown({}, 80)
        .split("\n")
        .filter((line) => line.length > 80),
      [],
    ));

  it("are never without what tracing took", () => {
    ok(
      caveatsOf(run()).includes(
        "request: a traced request took 905 ms, one in between that was not 800 ms (medians of 1 and 1): its figures hold the difference.",
      ),
    );
    const rally = [rallyRecord({ name: "plain" }), rallyRecord({ name: "followed", traces: [] })];
    const told = caveatsOf(run({ rally }));
    ok(told.some((caveat) => caveat.startsWith("Rally's iterations were traced (followed): ")));
    ok(
      told.some((caveat) =>
        caveat.startsWith("The services were ready to trace while Rally measured (plain): "),
      ),
    );
    ok(
      caveatsOf(run({ servers: [serversRecord()] })).some((caveat) =>
        caveat.startsWith("The services were ready to trace while servers were booted (boots): "),
      ),
    );
    deepEqual(caveatsOf(run({ traces: undefined, rally: [rallyRecord()], servers: [serversRecord()] })), []);
  });

  it("are a row of a campaign", () => {
    const [row] = rowsOfRun(
      run({ traces: [traceRecord({ requests: [tracedRequest(), tracedRequest({ failure: "x" })] })] }),
      1,
    );
    deepEqual(
      [
        ...[row?.workload, row?.kind, row?.trace_requests, row?.trace_failures, row?.trace_traced_ms],
        ...[
          row?.trace_untraced_ms,
          row?.trace_bus_covered_ms,
          row?.trace_service_self_ms,
          row?.trace_unseen_ms,
        ],
      ],
      ["request", "trace", 2, 1, 905, 800, 174, 619, 2],
    );
    deepEqual(toolsInWords(run()), ["traced 905 ms, untraced 800 ms"]);
  });
});
