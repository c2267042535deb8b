import { deepStrictEqual } from "assert";
import { noDefaultCredentials as policy } from "../../policies/no-default-credentials";
import { smallScenario, smallScenarioWith } from "../support/scenarios";
import { container, deployedResources, judge, unknownValue, type Judged } from "./judge";

const command = (props: Readonly<Record<string, unknown>>): Judged => ({
  type: "command:local:Command",
  name: "task",
  props,
});
const uploading = (content: string) => container({ uploads: [{ file: "/etc/x", content }] });
const said = (path: string, password: string, where: string, name = "box") =>
  `${path} of ${name} has the well-known password "${password}" in ${where}: use one that was made at random`;

describe("the policy no-default-credentials", () => {
  it("is content with an experiment", async () =>
    deepStrictEqual(await judge(policy, (await deployedResources(smallScenario())).inputs), []));

  it("is content with passwords made at random, wherever they are", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ envs: ["RABBITMQ_PASSWORD=x9Jm2-Lq", "PATH=/bin", "PASS_COUNT=1"] }),
        uploading(`{"users":[{"name":"buswide","password_hash":"Z3Vlc3Q=","tags":[]}]}`),
        uploading("default_pass = x9Jm2-Lq\n"),
        command({ stdin: `{"transports":{"core":"rabbit://buswide:x9Jm2-Lq@10.0.0.1:5672/"}}` }),
        command({ create: "deploy --password x9Jm2-Lq guest" }),
        uploading(
          "port 6379\nuser default on #2bb80d537b1da3e38bd30361aa855686 ~* +ping\nuser old off nopass\n",
        ),
      ]),
      [],
    ));

  it("refuses a well-known password in a transport URL, of any of its hosts, encoded or not", async () =>
    deepStrictEqual(
      await judge(policy, [
        command({ stdin: `{"url":"rabbit://guest:guest@10.0.0.1:5672/"}` }),
        command({ stdin: "rabbit://buswide:x9Jm2-Lq@a:5672,buswide:Secret@b:5672/" }),
        command({ environment: { URL: "amqp://u:%67uest@a/" } }),
      ]),
      [
        said("stdin", "guest", "a URL", "task"),
        said("stdin", "Secret", "a URL", "task"),
        said("environment.URL", "guest", "a URL", "task"),
      ],
    ));

  it("refuses it in an environment, in a configuration file and in definitions", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ envs: ["PATH=/bin", "MYSQL_ROOT_PASSWORD=root"] }),
        command({ environment: { OS_PASSWORD: "openstack" } }),
        uploading("listeners.tcp.default = 5672\ndefault_pass = guest\n"),
        uploading(`{"users": [{"name": "buswide", "password": "changeme"}]}`),
      ]),
      [
        said("envs[1]", "root", "a setting"),
        said("environment.OS_PASSWORD", "openstack", "a setting", "task"),
        said("uploads[0].content", "guest", "a setting"),
        said("uploads[0].content", "changeme", "JSON"),
      ],
    ));

  it("refuses the broker's default user, however the password is stored", async () =>
    deepStrictEqual(
      await judge(policy, [uploading(`{"users": [{"name": "guest", "password_hash": "abc"}]}`)]),
      [said("uploads[0].content", "guest", "the name of a user")],
    ));

  it("refuses it for users of Redis, and users of Redis without any", async () =>
    deepStrictEqual(
      await judge(policy, [
        command({ stdin: `{"url":"zmq+redis://:guest@10.0.0.1:6379/"}` }),
        uploading("user default on >changeme ~* +@all\n"),
        uploading("port 6379\nuser default on nopass ~* +@all\n"),
        uploading('requirepass "password"\n'),
      ]),
      [
        said("stdin", "guest", "a URL", "task"),
        said("uploads[0].content", "changeme", "a user of Redis"),
        "uploads[0].content of box has an empty password in a user of Redis: use one that was made at random",
        said("uploads[0].content", "password", "requirepass"),
      ],
    ));

  it("is content with an experiment on ZeroMQ", async () =>
    deepStrictEqual(
      await judge(policy, (await deployedResources(smallScenarioWith(["bus"], { kind: "zeromq" }))).inputs),
      [],
    ));

  it("refuses it as an argument of any of a resource's commands", async () =>
    deepStrictEqual(
      await judge(policy, [
        command({
          create: "deploy --password=admin",
          update: "deploy --password 'admin'",
          delete: "drop -p admin",
        }),
      ]),
      ["create", "update", "delete"].map((path) => said(path, "admin", "an argument", "task")),
    ));

  it("refuses a password that is empty", async () =>
    deepStrictEqual(await judge(policy, [container({ envs: ["MYSQL_ROOT_PASSWORD="] })]), [
      "envs[0] of box has an empty password in a setting: use one that was made at random",
    ]));

  it("has nothing to say of a resource without inputs, or of what a preview does not know", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({}),
        container({ envs: undefined, uploads: null }),
        command({ stdin: unknownValue, create: "true" }),
      ]),
      [],
    ));

  it("looks at what it knows beside what a preview does not", async () =>
    deepStrictEqual(
      await judge(policy, [command({ stdin: unknownValue, environment: { PASSWORD: "guest" } })]),
      [said("environment.PASSWORD", "guest", "a setting", "task")],
    ));

  it("refuses what it is configured to refuse besides", async () => {
    const resources = [container({ envs: ["PASSWORD=hunter2"] })];
    deepStrictEqual(await judge(policy, resources), []);
    deepStrictEqual(await judge(policy, resources, { alsoRefused: ["Hunter2"] }), [
      said("envs[0]", "hunter2", "a setting"),
    ]);
  });

  it("speaks of each of several resources", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ envs: ["PASSWORD=guest"] }, "a"),
        container({ envs: ["PASSWORD=x9Jm2-Lq"] }, "b"),
        container({ envs: ["PASSWORD=guest"] }, "c"),
      ]),
      [said("envs[0]", "guest", "a setting", "a"), said("envs[0]", "guest", "a setting", "c")],
    ));
});
