import fc from "fast-check";
import { figures } from "./network";
import { anyPlace, delay, mostly, seconds, share, some } from "./words";

const service = fc.oneof(
  { arbitrary: fc.constantFrom("core/rabbitmq", "edge/rabbitmq"), weight: 3 },
  fc.constantFrom(
    "core/artemis",
    "core/matchmaker",
    "edge-1/router",
    "core/agents",
    "moon/rabbitmq",
    "rabbitmq",
    "",
  ),
  fc.constantFrom(
    ...["core/keystone", "core/nova-api-2", "core/nova-conductor", "edge/computes", "core/mariadb"],
    ...["core/galera", "edge-1/galera", "core/database-proxy", "core/api-proxy", "edge/cell-conductor"],
    ...["edge/local-rabbitmq", "core/prometheus", "core/gateway"],
  ),
);
const when = { at: seconds, for: seconds };
const pair = fc.tuple(anyPlace, anyPlace);
const range = fc.record({ from: delay, to: delay });
export const entry = fc.oneof(
  some({ ...when, cut: pair }, ["at", "cut"]),
  some({ ...when, isolate: anyPlace }, ["at", "isolate"]),
  some({ ...when, split: fc.array(anyPlace, { maxLength: 3 }) }, ["at", "split"]),
  some({ ...when, flap: pair, down: seconds, up: seconds }, ["at", "flap", "down", "up"]),
  some({ ...when, change: pair, ...figures }, ["at", "change"]),
  some({ ...when, ramp: some({ link: pair, delay: range }, ["link"]), over: seconds }, [
    "at",
    "ramp",
    "over",
  ]),
  some({ ...when, kill: service }, ["at", "kill"]),
  some({ ...when, stop: service, grace: seconds }, ["at", "stop"]),
  some({ at: seconds, restart: service, grace: seconds }, ["at", "restart"]),
  some({ ...when, pause: service }, ["at", "pause"]),
  some({ ...when, starve: service, cpu: share, memory: fc.constantFrom("16MiB", "1B") }, ["at", "starve"]),
  some({ ...when, fill: service }, ["at", "fill"]),
  mostly(fc.constant({ at: "1s", for: "2s", pause: "core/rabbitmq" }), { at: "1s", skew: "core/rabbitmq" }),
);
