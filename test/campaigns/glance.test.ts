import { deepEqual } from "assert/strict";
import type { Source } from "../../campaigns/compare/sources";
import { glanceOf } from "../../campaigns/report/glance";
import type { Row } from "../../campaigns/table/rows";

describe("all of a campaign at a glance", () => {
  const measured = { status: "complete", workload_status: "complete", repetition: 1 };
  const bytesOf = (rows: readonly Row[]) => {
    const source: Source = {
      ...{ kind: "runs", label: "", folder: "", runs: [] },
      table: { columns: [], parameters: [], rows: rows.map((row) => ({ ...measured, ...row })) },
    };
    const { head, rows: shown } = glanceOf(source) ?? { head: [], rows: [] };
    return shown.map((row) => row[head.indexOf("WAN, B per delivery")]);
  };

  it("divides bytes by the messages that they carried, and by no others", () => {
    const call = { workload: "call", wan_bytes: 9000, received: 10 };
    const cast = { workload: "cast", wan_bytes: 1000, received: 90 };
    // Nobody counted the bytes of the one, and the other received no messages that were counted.
    const uncounted = { workload: "fanout", received: 900 };
    const rally = { workload: "boot", wan_bytes: 5e6 };
    deepEqual(bytesOf([call, cast]), ["100"]);
    deepEqual(bytesOf([call, cast, uncounted]), ["100"]);
    deepEqual(bytesOf([call, cast, rally]), ["100"]);
    deepEqual(bytesOf([uncounted, rally]), ["–"]);
  });
});
