import { writeFileSync } from "fs";
import { keepingImages } from "../support/keptImages";
import { StackOnHosts } from "../support/stackOnHosts";

describe("a small stack on hosts reached by SSH", function () {
  this.timeout(10 * 60_000);

  const on = new StackOnHosts("hosts-short");
  const scenario = () => `config:
  buswide:scenario:
    ${on.target()}
    sites: { core: {}, edge: {} }
    links: [{ between: [core, edge], delay: 25ms }]
    bus: { kind: rabbitmq, topology: single }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 2 }, servers: { core: 1 }, rate: 20/s, duration: 4s, warmup: 1s }
`;

  before(async function () {
    // Only root can make hosts.
    if (process.getuid?.() !== 0) this.skip();
    await on.start();
  });
  after(() => on.stop());

  it("is refused, by the host's name, where a host can't be reached, before anything is made", () =>
    on.assertRefusedUnreached(scenario()));

  it("comes up with each site on its host, and is measured as on one machine", async () => {
    writeFileSync(on.file, scenario());
    await on.up();
    await on.assertPlaced({
      alpha: { core: ["agents", "gateway", "rabbitmq"] },
      beta: { edge: ["agents", "gateway"] },
    });
    on.assertMeasured({ "core--edge": 50 });
    on.assertCallsAnswered(80);
  });

  it("leaves its hosts as they were found", () => keepingImages(() => on.assertLeftAsFound(on.names)));
});
