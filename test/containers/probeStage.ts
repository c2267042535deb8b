import { randomBytes } from "crypto";
import Docker from "dockerode";
import { setTimeout as sleep } from "timers/promises";
import { agentsRights } from "../../components/bus/rabbitmq/accounts";
import { DockerContainers } from "../../workloads/dockerContainers";
import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";
import { buildImage } from "./buildImage";

/** The rights that a stack's agents have: what they may not do fails here too. */
const { configure, write, read } = agentsRights;

/** Two sites' agent containers and a broker on one plain network, without links. */
export interface Stage {
  docker: Docker;
  containers: DockerContainers;
  broker: string;
  /** Site to its agent container. */
  agents: Record<"core" | "edge", string>;
  password: string;
  input: MeasurementInput;
  /** How many agent processes run in all sites. */
  agentProcesses(): Promise<number>;
  /** Makes sure that the broker runs and takes connections. */
  reviveBroker(): Promise<void>;
  remove(): Promise<void>;
}

/** Builds the product's own images and starts the stage. */
export async function makeStage(): Promise<Stage> {
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const images = { agent: await buildImage("agent"), rabbitmq: await buildImage("rabbitmq") };
  const prefix = `buswide-test-${randomBytes(4).toString("hex")}`;
  const network = await docker.createNetwork({ Name: prefix, CheckDuplicate: true });
  const names = { broker: `${prefix}-broker`, core: `${prefix}-core`, edge: `${prefix}-edge` };
  const password = randomBytes(12).toString("hex");
  const stage: Stage = {
    docker,
    containers,
    broker: names.broker,
    agents: { core: names.core, edge: names.edge },
    password,
    input: measurementInput(names, password),
    agentProcesses: async () => {
      // The brackets keep the search from finding itself.
      const script =
        "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o '[b]uswide_agent' | wc -l";
      const counts = await Promise.all(
        [names.core, names.edge].map((name) => containers.exec(name, ["sh", "-c", script])),
      );
      return counts.reduce((sum, { stdout }) => sum + Number(stdout), 0);
    },
    reviveBroker: async () => {
      const { State } = await docker.getContainer(names.broker).inspect();
      if (!State.Running) await docker.getContainer(names.broker).start();
      await takesConnections(containers, names.broker);
    },
    remove: async () => {
      await Promise.all(
        Object.values(names).map((name) =>
          docker
            .getContainer(name)
            .remove({ force: true, v: true })
            .catch((error: unknown) => void process.stderr.write(`left behind: ${name}: ${String(error)}\n`)),
        ),
      );
      await network.remove();
    },
  };
  try {
    await start(docker, names.broker, images.rabbitmq, prefix);
    await Promise.all([names.core, names.edge].map((name) => start(docker, name, images.agent, prefix)));
    await takesConnections(containers, names.broker);
    for (const command of [
      ["rabbitmqctl", "add_user", "probe", password],
      ["rabbitmqctl", "set_permissions", "probe", configure, write, read],
    ]) {
      const { exitCode, stderr } = await containers.exec(names.broker, command);
      if (exitCode !== 0) throw new Error(`${command[1] ?? ""}: ${stderr}`);
    }
  } catch (error) {
    await stage.remove();
    throw error;
  }
  return stage;
}

/** A workload of four clients at the edge and two servers at the core, changed as asked. */
export function workload(change: Partial<PlannedWorkload>): PlannedWorkload {
  return {
    name: "probe",
    kind: change.pattern === "notify" ? "notification" : "rpc",
    pattern: "call",
    clients: { edge: 4 },
    servers: { core: 2 },
    topics: 1,
    messageBytes: 256,
    warmupSeconds: 1,
    timeoutSeconds: 5,
    ...change,
  };
}

async function start(docker: Docker, name: string, image: string, network: string): Promise<void> {
  const memory = 1024 ** 3;
  const container = await docker.createContainer({
    name,
    Hostname: name,
    Image: image,
    HostConfig: { Init: true, NetworkMode: network, Memory: memory, MemorySwap: memory },
  });
  await container.start();
}

async function takesConnections(containers: DockerContainers, broker: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { exitCode } = await containers.exec(broker, ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5672"]);
    if (exitCode === 0) return;
    if (attempt > 120) throw new Error("the broker took no connection within a minute");
    await sleep(500);
  }
}

function measurementInput(
  names: { broker: string; core: string; edge: string },
  password: string,
): MeasurementInput {
  const url = `rabbit://probe:${password}@${names.broker}:5672/`;
  const site = (name: "core" | "edge") => ({
    name,
    gateway: { container: "none", wanAddress: "192.0.2.1" },
    agents: names[name],
  });
  return {
    stack: "test",
    runsDirectory: "runs/test",
    scenario: {},
    scenarioSha256: "",
    seed: 1,
    clockShared: true,
    emulator: "auto",
    sites: [site("core"), site("edge")],
    links: [],
    paths: { pairs: 0, sample: [], ends: {} },
    bus: {
      kind: "rabbitmq",
      brokers: [{ name: "broker", site: "core", container: names.broker }],
      transports: { core: url, edge: url },
      endpoints: { core: ["core/broker"], edge: ["core/broker"] },
      settings: { oslo_messaging_rabbit: { heartbeat_timeout_threshold: 0 } },
    },
    services: [],
    configuration: {},
    workloads: [],
    backup: { keep: 1 },
  };
}
