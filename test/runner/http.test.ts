import assert from "assert";
import { createServer, type Server } from "http";
import type { AddressInfo } from "net";
import { text } from "stream/consumers";
import { askInside } from "../../workloads/brokers/http";
import { here } from "./brokerContainers";

describe("what a container's own bash asks of a server beside it", () => {
  let server: Server;
  let port: number;
  const asked: { method: string | undefined; body: string }[] = [];
  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ method: request.method, body });
        response.statusCode = request.url === "/metrics" ? 200 : 404;
        response.end("one 1\r\n\r\ntwo 2\n");
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => new Promise((done) => server.close(done)));

  it("is answered with the whole body, empty lines and all", async () => {
    assert.equal(await askInside(here, "c", { port, path: "/metrics" }), "one 1\r\n\r\ntwo 2\n");
    assert.deepEqual(asked.at(-1), { method: "GET", body: "" });
  });

  it("can be JSON, of which nothing is read as a command or a format", async () => {
    const body = JSON.stringify([{ mbean: "a:b=\"$(id)\",c=%s;d='`e`'" }]);
    await askInside(here, "c", { port, path: "/metrics", body });
    assert.deepEqual(asked.at(-1), { method: "POST", body });
  });

  it("fails with the status, or with what bash says, where there is no answer", async () => {
    await assert.rejects(
      askInside(here, "core-broker", { port, path: "/other" }),
      /^Error: core-broker: http:\/\/127\.0\.0\.1:\d+\/other: HTTP\/1\.[01] 404/,
    );
    await assert.rejects(askInside(here, "core-broker", { port: 1, path: "/" }), /refused/i);
  });
});
