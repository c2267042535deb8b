import assert from "assert";
import fc from "fast-check";
import { Redactor, secretsOf } from "../../workloads/runner/redaction";

describe("redaction", () => {
  it("finds the passwords of every host of a transport URL, and of settings named so", () => {
    const bus = {
      transports: {
        core: "rabbit://user:p%40ss@[fd00::1]:5672,other:second@host:5672//vhost?ssl=1",
        edge: "rabbit://host:5672/",
        fog: "rabbit://bare@host:5672/",
      },
      settings: { oslo_messaging_rabbit: { rabbit_password: "third", heartbeat_rate: 3, ssl: true } },
    };
    assert.deepEqual(secretsOf(bus), ["p%40ss", "p@ss", "second", "third"]);
  });

  it("hides a secret as it is, URL-encoded, in JSON and in base64, whatever stands around it", () => {
    const octets = fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" });
    fc.assert(
      fc.property(
        octets,
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (secret, before, after) => {
          const redactor = new Redactor([secret]);
          const neighbours = [before, after].join("");
          fc.pre(!neighbours.includes("*") && !secret.includes("*"));
          assert.ok(!redactor.text(`${before}${secret}${after}`).includes(secret));
          assert.ok(!redactor.text(encodeURIComponent(secret)).includes(encodeURIComponent(secret)));
          assert.deepEqual(JSON.parse(redactor.text(JSON.stringify({ secret }))), { secret: "***" });
          const encoded = Buffer.from(before + secret + after).toString("base64");
          const hidden = redactor.text(encoded);
          assert.ok(hidden.includes("***"), encoded);
          const leaked = Buffer.from(hidden.replace("***", ""), "base64").toString("utf8");
          assert.ok(!leaked.includes(secret), leaked);
        },
      ),
    );
  });

  it("leaves all other text alone, and everything where there is no secret", () => {
    assert.equal(new Redactor(["hunter2"]).text("hunter 2, Hunter2"), "hunter 2, Hunter2");
    assert.equal(new Redactor([""]).text("anything"), "anything");
    assert.deepEqual(new Redactor([]).value({ a: [1, null, "x"] }), { a: [1, null, "x"] });
  });
});
