import { deepStrictEqual, ok, strictEqual } from "assert";
import { derive } from "../../components/security/derive";
import { deployed, find } from "../support/experiments";
import { mockedSecret } from "../support/mocks";
import { smallScenarioWith } from "../support/scenarios";

const image = "quay.io/skupper/skupper-router:3.5.1";
const registered = async (settings: object = {}) =>
  (await deployed(smallScenarioWith(["bus"], { kind: "routers", ...settings }))).registrations;

interface Upload {
  readonly file: string;
  readonly content: string;
}

describe("a mesh of routers", () => {
  it("is a service a site, with a certificate of the stack's authority each", async () => {
    const names = (await registered())
      .filter(({ name }) => name.startsWith("bus-") && !name.includes("password"))
      .map(({ name, parent }) => [name, parent]);
    const sites = ["core", "edge-1", "edge-2"];
    deepStrictEqual(
      names.sort(),
      [
        ["bus-authority", "bus"],
        ["bus-authority-made", "bus-authority"],
        ...sites.flatMap((site) => [
          [`bus-authority-${site}-router-certificate`, "bus-authority"],
          [`bus-${site}-router`, "bus"],
          [`bus-${site}-router-container`, `bus-${site}-router`],
          [`bus-${site}-router-joined`, "bus"],
        ]),
      ].sort(),
    );
  });

  it("takes the image by its name, on this machine or from its registry, and builds none for it", async () => {
    const registrations = await registered();
    const { inputs } = find(registrations, "target-quay.io-skupper-skupper-router-3.5.1-image");
    deepStrictEqual(inputs, { name: image, keepLocally: true });
    strictEqual(find(registrations, "bus-core-router-container").inputs["image"], image);
  });

  it("has its key and its own agents' password as secret files, which are in no environment and no other file", async () => {
    const { inputs, secrets } = find(await registered(), "bus-edge-1-router-container");
    const uploads = inputs["uploads"] as Upload[];
    const password = derive(mockedSecret, "bus: password of agents-edge-1").toString("base64url");
    const accounts = uploads.filter(({ file }) => file.startsWith("/etc/buswide/users/"));
    deepStrictEqual(
      accounts.map(({ file, content }) => [file, content]),
      [["/etc/buswide/users/agents-edge-1", password]],
    );
    for (const file of ["/etc/buswide/users/agents-edge-1", "/etc/buswide/tls/router-key.pem"]) {
      const at = uploads.findIndex((upload) => upload.file === file);
      ok(secrets.includes(`uploads[${at}].content`), file);
    }
    const others = uploads.filter(({ file }) => file !== "/etc/buswide/users/agents-edge-1");
    for (const secret of [mockedSecret, password])
      ok(!JSON.stringify([inputs["envs"], others]).includes(secret));
  });

  it("is waited for until agents can connect, asked by a shell, as its image asks nothing", async () => {
    const { inputs } = find(await registered(), "bus-core-router-container");
    const { tests } = inputs["healthcheck"] as { tests: string[] };
    deepStrictEqual(tests.slice(0, 3), ["CMD", "bash", "-c"]);
    ok(/\/dev\/tcp\/[\d.]+\/5672/.test(tests[3] ?? ""));
    strictEqual(inputs["wait"], true);
  });

  it("is used once each router knows all others of its kind, and an edge router the one above it", async () => {
    const registrations = await registered({ edge: ["edge-2"] });
    const script = (site: string) => String(find(registrations, `bus-${site}-router-joined`).inputs["stdin"]);
    for (const site of ["core", "edge-1"])
      ok(/= qdr_routers_total [^]*-ge 1 /.test(script(site)), script(site));
    ok(/= qdr_connections_total [^]*-ge 1 /.test(script("edge-2")), script("edge-2"));
    const { dependencies } = find(registrations, "bus-core-router-joined");
    for (const site of ["core", "edge-1", "edge-2"])
      ok(dependencies.includes(`bus-${site}-router-container`), dependencies.join(", "));
  });

  it("has agents of the image with the driver amqp", async () =>
    strictEqual(
      find(await registered(), "core-agents-container").inputs["image"],
      "buswide/agent-amqp:0123456789ab",
    ));
});
