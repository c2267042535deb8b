import type { TracedServices } from "../../workloads/trace/input";
import { patternsOfRequest, surroundingsOf, type RequestPatterns } from "../../workloads/trace/request";
import { called, db, http, links, place, request, rpc, trace, traceId, workload, type Row } from "./fixture";

/** When the server of the request below was seen to be active, milliseconds; it was so 74 before. */
export const seenMs = 560;

const save = rpc("object_action", "conductor", undefined, { called: "Instance.save" });
const used = (sent: number, received: number) => ({ sent, received });
const sql = (sent: number, received: number) => ({ ...used(sent, received), turns: 1 });

/**
 * A request of which every millisecond is accounted for. What is asked at edge-1 takes 25 ms each way; a call and its reply some 2
 * more. The computes do what they are asked in a green thread of its own (r2), and k9 beside what it is waited for.
 */
export const request1: readonly Row[] = [
  [
    "h1",
    traceId,
    "http",
    "core/client",
    1,
    21,
    http("POST", "http://10.0.0.11:5000/v3/auth/tokens"),
    used(900, 4000),
  ],
  ["w1", "h1", "wsgi", "core/keystone", 5, 15, request("POST", "/v3/auth/tokens")],
  [
    "d1",
    "w1",
    "db",
    "core/keystone",
    8,
    10,
    db("SELECT user.id FROM user WHERE user.id = %(id)s"),
    sql(90, 60),
  ],
  [
    "h2",
    traceId,
    "http",
    "core/client",
    22,
    102,
    http("POST", "http://10.0.0.14:8774/v2.1/servers"),
    used(1200, 700),
  ],
  ["w2", "h2", "wsgi", "core/nova-api", 25, 100, request("POST", "/v2.1/servers")],
  [
    "c1",
    "w2",
    "cast",
    "core/nova-api",
    90,
    92,
    rpc("schedule_and_build_instances", "conductor"),
    { sent: 9000 },
  ],
  [
    "r1",
    "c1",
    "rpc",
    "core/nova-conductor",
    95,
    200,
    called("manager.ComputeTaskManager.schedule_and_build"),
  ],
  [
    "d2",
    "r1",
    "db",
    "core/nova-conductor",
    100,
    110,
    db("INSERT INTO instances VALUES (%(id)s)"),
    sql(800, 11),
  ],
  [
    ...(["c2", "r1", "cast", "core/nova-conductor", 190, 192] as const),
    ...([rpc("build_and_run_instance", "compute", "edge-1-compute-1"), { sent: 14_000 }] as const),
  ],
  [
    "r2",
    "c2",
    "rpc",
    "edge-1/computes",
    218,
    219,
    called("nova.compute.manager.ComputeManager.build_and_run_instance"),
  ],
  ["k1", "r2", "call", "edge-1/computes", 220, 276, save, { sent: 5000, received: 300 }],
  ["r3", "k1", "rpc", "core/nova-conductor", 247, 249, called("ConductorManager.object_action")],
  [
    ...(["h3", "r2", "http", "edge-1/computes", 280, 388] as const),
    ...([http("POST", "http://10.0.0.17:9696/v2.0/ports"), { ...used(1500, 2500), connections: 1 }] as const),
  ],
  ["w3", "h3", "wsgi", "core/neutron", 356, 361, request("POST", "/v2.0/ports")],
  ["k9", "r2", "call", "edge-1/computes", 290, 346, save, { sent: 5000, received: 300 }],
  ["r9", "k9", "rpc", "core/nova-conductor", 317, 319, called("ConductorManager.object_action")],
  [
    ...(["f1", "r2", "cast", "edge-1/computes", 390, 442] as const),
    ...([rpc("update_instance_info", "scheduler", undefined, { fanout: true }), { sent: 2000 }] as const),
  ],
  ["r4", "f1", "rpc", "core/nova-scheduler", 417, 418, called("SchedulerManager.update_instance_info")],
  ["k2", "r2", "call", "edge-1/computes", 450, 517, save, { sent: 5000, received: 300 }],
  ["r5", "k2", "rpc", "core/nova-conductor", 477, 490, called("ConductorManager.object_action")],
  [
    ...(["d3", "r5", "db", "core/nova-conductor", 478, 482] as const),
    ...([
      db("UPDATE instances SET vm_state=%(vm_state)s, launched_at=%(launched_at)s WHERE id = %(id_1)s"),
      sql(400, 11),
    ] as const),
  ],
  ["d4", "r5", "db", "core/nova-conductor", 482, 486, db("COMMIT"), sql(11, 11)],
];

export const surroundings = (changes: Partial<TracedServices> = {}) =>
  surroundingsOf({ ...workload, ...changes }, links, place("core/client"));

export const patternsOf1 = (changes: Partial<TracedServices> = {}, rows = request1): RequestPatterns =>
  patternsOfRequest(trace(rows, seenMs), surroundings(changes));
