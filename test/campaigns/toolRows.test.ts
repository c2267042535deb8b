import { deepEqual, equal } from "assert/strict";
import { rowsOfRun } from "../../campaigns/table/rows";
import { toolsInWords } from "../../campaigns/table/toolRows";
import { rallyRecord, rallyScenario, shakerPair, shakerRecord } from "../runner/toolResults";
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
