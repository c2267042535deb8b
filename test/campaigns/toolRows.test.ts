import { deepEqual, equal, match, ok } from "assert/strict";
import { scorecardOf } from "../../campaigns/faults/scorecard";
import { makeReport } from "../../campaigns/report/report";
import { renderMarkdown } from "../../campaigns/report/markdown";
import { shownServers } from "../../campaigns/report/serversScorecard";
import { rowsOfRun } from "../../campaigns/table/rows";
import { toolsInWords } from "../../campaigns/table/toolRows";
import { rallyRecord, rallyScenario, serversRecord, shakerPair, shakerRecord } from "../runner/toolResults";
import { someResults } from "../runner/results";

const { rttMs: _, ...withoutPing } = shakerPair({ between: ["core", "fog"] });
const results = someResults({
  workloads: [],
  shaker: [shakerRecord({ pairs: [shakerPair(), withoutPing] })],
  rally: [rallyRecord()],
});

describe("a campaign's rows of other tools", () => {
  const rows = rowsOfRun(results, 1);

  it("are one a pair of sites, under names that no one takes for repetitions", () => {
    deepEqual(
      rows.map(({ workload, kind, workload_status: status }) => [workload, kind, status]),
      [
        ["plane-core--edge", "shaker", "complete"],
        ["plane-core--fog", "shaker", "complete"],
        ["boot", "rally", "complete"],
      ],
    );
  });

  it("have Shaker's figures with their units, and none where there is none", () => {
    const [first, second] = rows;
    deepEqual(
      [
        first?.shaker_rtt_asked_ms,
        first?.shaker_rtt_ms,
        first?.shaker_tcp_there_bit_per_s,
        first?.shaker_tcp_there_line_bit_per_s,
        first?.shaker_udp_loss_back_percent,
        second?.shaker_rtt_ms,
      ],
      [20, 20.3, 95.1e6, 99.4e6, 0, undefined],
    );
  });

  it("have Rally's figures of whole iterations and of each action", () => {
    const row = rows[2];
    deepEqual(
      [
        row?.rally_scenario,
        row?.rally_min_s,
        row?.rally_median_s,
        row?.rally_p90_s,
        row?.rally_p95_s,
        row?.rally_max_s,
        row?.rally_success_percent,
        row?.rally_nova_boot_server_median_s,
        row?.rally_sla_passed,
      ],
      ["NovaServers.boot_and_delete_server", 4.1, 4.8, 5.6, 5.9, 6.2, 100, 3.3, true],
    );
  });

  it("tell a task's scenarios apart", () => {
    const scenarios = [rallyScenario(), rallyScenario()];
    const named = rowsOfRun(someResults({ workloads: [], rally: [rallyRecord({ scenarios })] }), 1);
    equal(new Set(named.map(({ workload }) => workload)).size, 2);
  });

  it("are told in a few words while a campaign runs", () => {
    deepEqual(toolsInWords(results), [
      "core--edge RTT 20.3 ms, TCP 95.1 and 95.1 Mbit/s",
      "core--fog TCP 95.1 and 95.1 Mbit/s",
      "NovaServers.boot_and_delete_server median 4.80 s, 100 % ok",
    ]);
  });
});

describe("a campaign's row of servers at a steady rate", () => {
  const rowOf = (record = serversRecord()) =>
    rowsOfRun(someResults({ workloads: [], servers: [record] }), 1)[0];

  it("has what came of them and of tokens, in all and around its fault", () => {
    const row = rowOf();
    deepEqual(
      [row?.workload, row?.kind, row?.fault, row?.fault_of, row?.fault_at_s, row?.fault_until_s],
      ["boots", "servers", "kill", "core/mariadb", 30, 40],
    );
    deepEqual(
      [
        row?.servers_asked,
        row?.servers_refused,
        row?.servers_active,
        row?.servers_lost,
        row?.servers_median_s,
      ],
      [24, 2, 22, 0, 4.8],
    );
    deepEqual([row?.tokens_asked, row?.tokens_refused, row?.tokens_max_s], [120, 10, 0.9]);
    deepEqual(
      [
        row?.before_servers_active,
        row?.during_servers_refused,
        row?.during_servers_median_s,
        row?.after_tokens_asked,
      ],
      [6, 2, undefined, 80],
    );
    deepEqual(
      [row?.servers_back_s, row?.tokens_back_s, row?.nova_services_up_s, row?.nova_services_reported_s],
      [10, 11.2, 10.1, 17],
    );
  });

  it("has no figure of one fault where there were several", () => {
    const record = serversRecord();
    const row = rowOf({ ...record, faults: [...record.faults, ...record.faults] });
    deepEqual([row?.fault, row?.servers_back_s, row?.servers_asked], [undefined, undefined, 24]);
    const calm = rowOf({ ...record, faults: [], timeline: [] });
    deepEqual([row?.broken_on_purpose, calm?.broken_on_purpose], [true, false]);
  });

  it("is in no scorecard, whose operations are the bus's", () => {
    equal(scorecardOf([{ ...rowOf(), status: "complete" }], []), undefined);
  });

  describe("in a report", () => {
    const row = (changes: object) => ({ ...rowOf(), status: "complete", point: 1, ...changes });
    const rows = [
      row({ repetition: 1 }),
      row({ repetition: 2, servers_refused: 5, servers_back_s: undefined, nova_services_down_max: 3 }),
      row({ repetition: 1, point: 2, fault: "pause", fault_of: "core/rabbitmq", servers_lost: 4 }),
      { status: "failed", point: 1, repetition: 3 },
    ];
    const source = {
      ...{ kind: "runs" as const, label: "demo, run 1", folder: "", runs: [] },
      table: { columns: [], parameters: [], rows },
    };

    it("has a line for each fault: what was refused and lost, and when all was well again", () => {
      const shown = shownServers(source);
      const heads = shown?.head ?? [];
      const of = (line: number, head: string, from = 0) => shown?.rows[line]?.[heads.indexOf(head, from)];
      const columns = [
        "fault",
        "n",
        "not measured",
        "servers asked",
        "refused",
        "lost",
        "servers well again s",
      ];
      deepEqual(
        [0, 1].map((line) => columns.map((head) => of(line, head))),
        [
          ["kill core/mariadb", "2", "1", "48", "7", "0", "10; never in 1"],
          ["pause core/rabbitmq", "1", "0", "24", "2", "4", "10"],
        ],
      );
      const tokens = heads.indexOf("tokens asked");
      deepEqual(
        [of(0, "tokens asked"), of(0, "refused", tokens), of(0, "tokens well again s")],
        ["240", "20", "11.2"],
      );
      deepEqual([of(0, "Nova's services down, most"), of(0, "all heard of s")], ["3", "17"]);
    });

    it("counts runs outside a campaign that were not measured, which have no point", () => {
      const outside = [
        rowOf(),
        ...rowsOfRun({ ...someResults({ workloads: [], servers: [] }), status: "failed" }, 2),
        // Of a run that was measured, another workload failed: it is no repetition that is missing.
        { ...rowOf(), workload: "call", kind: "rpc", fault: undefined, workload_status: "failed" },
      ].map((one) => ({ ...one, ...(one?.workload === undefined ? {} : { status: "complete" }) }));
      const shown = shownServers({ ...source, table: { ...source.table, rows: outside } });
      equal(shown?.rows[0]?.[shown.head.indexOf("not measured")], "1");
    });

    it("names the faults of which there is no figure", () => {
      const values = ["kill", "pause", "cut"];
      const timeline = { name: "timeline", path: "timeline", values };
      const of = (point: number, more: object) =>
        row({ repetition: 1, point, timeline: values[point - 1], ...more });
      const rows = [
        of(1, {}),
        of(2, { status: "failed", fault: undefined }),
        // On the bus it was measured.
        of(3, { kind: "rpc", workload: "call" }),
        of(3, { workload_status: "failed" }),
      ];
      const shown = shownServers({ ...source, table: { columns: [], parameters: [timeline], rows } });
      equal(shown?.rows.length, 1);
      match(shown.explanation, /Of these faults there is no figure: \S.*: pause; cut\.$/);
      ok(!/no figure/.test(shownServers(source)?.explanation ?? "no figure"));
    });

    it("has it on its page and in Markdown, and says nothing where there was no fault", async () => {
      const { html } = await makeReport({ source, question: "Why?" });
      match(html, /<section id="servers-under-faults">[^]*kill core\/mariadb/);
      match(
        renderMarkdown(source, "Why?", "x"),
        /## Servers and tokens under faults\n[^]*\| kill core\/mariadb /,
      );
      const calm = rows.map((one) => ({ ...one, fault: undefined }));
      equal(shownServers({ ...source, table: { ...source.table, rows: calm } }), undefined);
    });
  });

  it("is told in a few words while a campaign runs", () => {
    deepEqual(toolsInWords({ servers: [serversRecord()] }), [
      "boots 22 of 24 servers ACTIVE, 110 of 120 tokens",
    ]);
  });
});
