import { topologiesFromNothing } from "../support/topologies";

describe("from nothing,", function () {
  this.timeout(10 * 60_000);
  topologiesFromNothing("e2e", false);
});
