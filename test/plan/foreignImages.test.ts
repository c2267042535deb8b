import { deepStrictEqual, rejects, strictEqual } from "assert";
import Docker from "dockerode";
import { createServer, type Server } from "http";
import type { AddressInfo } from "net";
import { missingImages } from "../../components/target/local/foreignImages";

const reference = "quay.io/skupper/skupper-router:3.5.1";
const wanted = [{ reference, path: "bus.image", instead: "name another" }];

/** An engine that answers as Docker's does: with what it has, and with what a registry told it. */
async function engine(
  answers: Readonly<Record<string, readonly [status: number, body: object]>>,
): Promise<{ docker: Docker; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const [status, body] = answers[path] ?? [500, { message: `nobody was to ask for ${path}` }];
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { docker: new Docker({ host: "127.0.0.1", port, protocol: "http" }), asked, server };
}

const here = `/images/${reference}/json`;
const there = `/distribution/${reference}/json`;

describe("an image that somebody else makes", () => {
  const cases: readonly [string, Parameters<typeof engine>[0], readonly string[], object[]][] = [
    ["is fine if the machine has it, and no registry is asked", { [here]: [200, {}] }, [here], []],
    [
      "is fine if its registry has it",
      { [here]: [404, { message: "No such image" }], [there]: [200, { Descriptor: {} }] },
      [here, there],
      [],
    ],
    [
      "is refused with the reason and a remedy if neither has it",
      {
        [here]: [404, { message: "No such image" }],
        [there]: [500, { message: 'Get "https://quay.io/v2/": dial tcp: no such host' }],
      },
      [here, there],
      [
        {
          path: "bus.image",
          message: `the image "${reference}" is not on this machine, and its registry does not give it (Get "https://quay.io/v2/": dial tcp: no such host): get it with "docker pull" or "docker load", name another`,
        },
      ],
    ],
  ];
  for (const [claim, answers, asks, issues] of cases)
    it(claim, async () => {
      const { docker, asked, server } = await engine(answers);
      try {
        deepStrictEqual(await missingImages(wanted, docker), issues);
        deepStrictEqual(asked, asks);
      } finally {
        server.close();
      }
    });

  it("is not asked for where there is none", async () =>
    deepStrictEqual(
      await missingImages([], new Docker({ host: "127.0.0.1", port: 1, protocol: "http" })),
      [],
    ));

  it("is no reason to refuse anything where the engine itself does not answer", async () => {
    const { docker, server } = await engine({});
    server.close();
    await rejects(missingImages(wanted, docker), (error: { code?: string }) => {
      strictEqual(error.code, "ECONNREFUSED");
      return true;
    });
  });
});
