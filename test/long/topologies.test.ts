import { topologiesFromNothing } from "../support/topologies";

describe("from nothing, with all workloads,", function () {
  this.timeout(10 * 60_000);
  topologiesFromNothing("long", true);
});
