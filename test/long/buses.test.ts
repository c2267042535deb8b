import { deepStrictEqual } from "assert";
import { losesNothing, mostMs, MeasuredBuses } from "../support/measuredBuses";

const everywhere = ["core", "edge-1", "edge-2"];
const quorum = ["bus.queues=quorum", "bus.transient=quorum"];
/** The request and the reply are each with most of the nodes before they go on, from edge-2 and back: a round trip more each. */
const mostOverQuorumMs = mostMs + 2 * 50;

/** What the short form measures two patterns of, or none: all four, each bus in the place of the one before it. */
const whole: readonly (readonly [scenario: string, brokers: readonly string[]])[] = [
  ["artemis", ["core-artemis"]],
  ["zeromq", ["core-matchmaker"]],
  ["federation", everywhere.map((site) => `${site}-rabbitmq`)],
  ["quorum", ["core-rabbitmq", "core-rabbitmq-2", "core-rabbitmq-3"]],
];

/** What the short form leaves out: buses that are made as those there, and differ in their version, queues or security. */
const forms: readonly (readonly [scenario: string, brokers: readonly string[], ...settings: string[]])[] = [
  ["single", ["core-rabbitmq"], 'bus.version="4.0"'],
  ["cluster", everywhere.map((site) => `${site}-rabbitmq`)],
  ["cluster", everywhere.map((site) => `${site}-rabbitmq`), "bus.tls=true"],
  ["cluster", everywhere.map((site) => `${site}-rabbitmq`), 'bus.version="4.0"', ...quorum],
  ["federation", everywhere.map((site) => `${site}-rabbitmq`), ...quorum],
  ["federation", everywhere.map((site) => `${site}-rabbitmq`), 'bus.version="4.0"'],
  ["federation", everywhere.map((site) => `${site}-rabbitmq`), 'bus.version="4.0"', ...quorum],
  ["artemis-cluster", everywhere.map((site) => `${site}-artemis`)],
  ["artemis-cluster", everywhere.map((site) => `${site}-artemis`), "bus.tls=true"],
];

describe("over links of up to 25 ms nothing is lost or doubled in calls, casts, fanouts and notifications by", function () {
  this.timeout(900_000);
  const buses = new MeasuredBuses("long-buses");
  after(() => buses.destroy());

  for (const [scenario, brokers] of whole)
    it(`${scenario}, which has its brokers and no others`, async () => {
      losesNothing(await buses.measured(scenario), brokers);
      deepStrictEqual(await buses.containers(), [...brokers]);
    });

  for (const [scenario, brokers, ...settings] of forms)
    it([scenario, ...settings].join(", "), async () => {
      const set = settings.flatMap((setting) => ["--set", setting]);
      const most = scenario === "cluster" && settings.includes(quorum[0] ?? "") ? mostOverQuorumMs : mostMs;
      losesNothing(await buses.measured(scenario, undefined, ...set), brokers, undefined, most);
    });
});
