import { strict as assert } from "assert";
import { parseCallTest } from "../../benchmarks/support/ombtReport";

/** As ombt 3.0.0 prints it. */
const report = (failures = "") => `RPC call test results
4 RPC clients, 2 RPC Servers (6 total)


Aggregated RPC Client results:
------------------------------
${failures}Total Messages: 400
Test Interval: 1700000000.100000 - 1700000000.950000 (0.850000 secs)
Aggregate throughput: 470.588235 msgs/sec
Latency 400 samples (msecs): Average 8.2 StdDev 1.1 Min 3.0 Max 31.0
Latency Distribution: 
[3..4):  12


Aggregated RPC Server results:
------------------------------
Total Messages: 399
Test Interval: 1700000000.200000 - 1700000000.940000 (0.740000 secs)
Aggregate throughput: 540.540541 msgs/sec
`;

describe("ombt's report of a call test", () => {
  it("is read for its clients, not its servers, whose clock starts later", () => {
    assert.deepEqual(parseCallTest(report()), {
      clients: 4,
      servers: 2,
      calls: 400,
      failed: 0,
      callsPerSecond: 470.588235,
    });
  });

  it("tells of failed calls", () => {
    assert.equal(parseCallTest(report("Error: 3 message transfers failed\n")).failed, 3);
  });

  it("is refused when it holds no result", () => {
    assert.throws(() => parseCallTest("No RPCClient clients visible"), /cannot be read/);
  });
});
