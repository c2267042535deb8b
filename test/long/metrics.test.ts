import { ok } from "assert";
import { MeasuredBuses } from "../support/measuredBuses";
import { PrometheusPages } from "../support/prometheusPages";

/** For each scenario of a bus: who tells figures, and figures that are more than nothing once it has carried something. */
const buses = [
  ["artemis", ["core/artemis"], ["artemis_connections", "artemis_messages_added", "jvm_memory_used_bytes"]],
  [
    "kafka",
    ["core/kafka"],
    ["sum by (site, service) (kafka_connections)", "kafka_messages_in_total", "kafka_bytes_out_total"],
  ],
  [
    "federation",
    ["core/rabbitmq", "edge-1/rabbitmq", "edge-2/rabbitmq"],
    ["rabbitmq_connections", "sum by (site, service) (rabbitmq_global_messages_received_total)"],
  ],
] as const;

describe("brokers of each kind", function () {
  this.timeout(900_000);
  const stage = new MeasuredBuses("long-metrics");
  after(() => stage.destroy());

  for (const [scenario, brokers, figures] of buses)
    it(`tell Prometheus figures: ${scenario}`, async () => {
      const patterns = scenario === "kafka" ? ["notify"] : undefined;
      await stage.measured(scenario, patterns, "--set", "metrics={ kind: prometheus, interval: 1s }");
      const pages = await PrometheusPages.of(stage.stack);
      await pages.become(
        "up{service!='gateway',site!=''}",
        Object.fromEntries(brokers.map((name) => [name, 1])),
      );
      for (const figure of figures) {
        const most = await pages.values(`max by (site, service) (max_over_time((${figure})[10m:1s]))`);
        for (const broker of brokers)
          ok((most[broker] ?? 0) > 0, `${figure} of ${broker}: ${JSON.stringify(most)}`);
      }
    });
});
