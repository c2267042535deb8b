import { strictEqual } from "assert";
import { hostOf, patternOf, requestOf, statementOf, whatOf } from "../../workloads/trace/naming";

describe("what an exchange is called", () => {
  for (const [name, told, pattern, what] of [
    ["call", { rpc: { method: "object_action", called: "Service.save" } }, "call", "Service.save"],
    ["call", { rpc: { method: "select_destinations" } }, "call", "select_destinations"],
    ["cast", { rpc: { method: "build", fanout: false } }, "cast", "build"],
    ["cast", { rpc: { method: "update", fanout: true } }, "fanout", "update"],
    [
      "notification",
      { notification: { event: "instance.create.end" } },
      "notification",
      "instance.create.end",
    ],
    [
      "http",
      { http: { method: "GET", url: "http://10.0.0.1:5000/v3/users/42" } },
      "rest",
      "GET /v3/users/{id}",
    ],
    ["db", { db: { statement: "SELECT 1" } }, "sql", "SELECT"],
  ] as const)
    it(`is "${what}" of a ${pattern}`, () => {
      strictEqual(patternOf(name, told), pattern);
      strictEqual(whatOf(name, told), what);
    });

  it("has no identity of what a request is about", () => {
    const uuid = "7b0f5b2e-6d3f-4a51-9d5f-2f0c7c1b2a11";
    strictEqual(
      requestOf("PUT", `/resource_providers/${uuid}/inventories/VCPU`),
      "PUT /resource_providers/{id}/inventories/VCPU",
    );
    strictEqual(requestOf("GET", `/v2.1/${uuid.replaceAll("-", "")}/servers`), "GET /v2.1/{id}/servers");
    strictEqual(requestOf("GET", ""), "GET /");
  });

  for (const [statement, name] of [
    ["SELECT a.b AS a_b FROM instances AS a WHERE a.id = %(id_1)s", "SELECT instances"],
    ["SELECT anon_1.x FROM (SELECT i.x FROM `services` i) AS anon_1", "SELECT services"],
    // What is kept of it ends before its tables.
    ["SELECT instances.created_at AS instances_created_at, instances.upd", "SELECT instances"],
    ["\nINSERT INTO block_device_mapping (a) VALUES (%(a)s)", "INSERT block_device_mapping"],
    ["UPDATE `compute_nodes` SET a=%(a)s", "UPDATE compute_nodes"],
    ["DELETE FROM tags WHERE a = 1", "DELETE tags"],
    ["COMMIT", "COMMIT"],
    ["CONNECT", "CONNECT"],
    ["", ""],
  ] as const)
    it(`is "${name}" of ${JSON.stringify(statement)}`, () => strictEqual(statementOf(statement), name));

  it("is nobody's host where it is no address", () => {
    strictEqual(hostOf("http://10.0.0.1:5000/v3"), "10.0.0.1");
    strictEqual(hostOf("nothing"), undefined);
  });
});
