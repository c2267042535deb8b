import * as grpc from "@grpc/grpc-js";
import { type ChildProcess, spawn } from "child_process";
import { mkdtempSync, rmSync } from "fs";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as os from "os";
import * as path from "path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { bundlePlugin } from "../../toolchain/bundle";
import type { Properties } from "../../toolchain/command-plugin/values";
import { pluginVersions } from "../../toolchain/versions";

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** The bundled command plugin as the engine runs it: a process of its own, spoken to over gRPC. */
export class PluginUnderTest {
  readonly logged: { urn: string; message: string; ephemeral: boolean }[] = [];
  private constructor(
    private readonly folder: string,
    private readonly engine: grpc.Server,
    readonly process: ChildProcess,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(): Promise<PluginUnderTest> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    await bundlePlugin(
      path.join(__dirname, "..", "..", "toolchain", "command-plugin", "main.ts"),
      pluginVersions.command,
      folder,
      "pulumi-resource-command",
    );
    const engine = new grpc.Server(unlimited);
    const logged: PluginUnderTest["logged"] = [];
    engine.addService(EngineService, {
      log: (call: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) => {
        const { request } = call;
        logged.push({
          urn: request.getUrn(),
          message: request.getMessage(),
          ephemeral: request.getEphemeral(),
        });
        done(null, new Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) =>
      engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const child = spawn(path.join(folder, "pulumi-resource-command"), [`127.0.0.1:${port}`], {
      detached: true,
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const address = await new Promise<string>((resolve) =>
      child.stdout.once("data", (line: Buffer) => resolve(`127.0.0.1:${line.toString().trim()}`)),
    );
    const client = new ResourceProviderClient(address, grpc.credentials.createInsecure(), unlimited);
    const plugin = new PluginUnderTest(folder, engine, child, client);
    Object.assign(plugin, { logged });
    return plugin;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.client.close();
    this.process.kill("SIGTERM");
    await ended;
    this.engine.forceShutdown();
    rmSync(this.folder, { recursive: true });
  }

  private call<Response>(
    start: (done: (error: grpc.ServiceError | null, response: Response) => void) => void,
  ) {
    return new Promise<Response>((resolve, reject) =>
      start((error, response) => (error ? reject(new Error(error.details)) : resolve(response))),
    );
  }

  async check(type: string, inputs: Properties): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new protocol.CheckRequest().setUrn(urn(type)).setNews(Struct.fromJavaScript(inputs));
    const response = await this.call<protocol.CheckResponse>((done) => this.client.check(request, done));
    return {
      inputs: plain(response.getInputs()),
      failures: response.getFailuresList().map((failure) => failure.getReason()),
    };
  }

  async diff(
    type: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ replaces: string[]; paths: string[] }> {
    const request = new protocol.DiffRequest()
      .setUrn(urn(type))
      .setOlds(Struct.fromJavaScript({ ...olds, stdout: "x", stderr: "" }))
      .setOldInputs(Struct.fromJavaScript(olds))
      .setNews(Struct.fromJavaScript(news));
    const response = await this.call<protocol.DiffResponse>((done) => this.client.diff(request, done));
    return {
      replaces: response.getReplacesList(),
      paths: response
        .getDetaileddiffMap()
        .toArray()
        .map(([at]) => at)
        .sort(),
    };
  }

  async create(
    type: string,
    inputs: Properties,
    options: { preview?: boolean; timeout?: number } = {},
  ): Promise<Properties> {
    const request = new protocol.CreateRequest()
      .setUrn(urn(type))
      .setProperties(Struct.fromJavaScript(inputs))
      .setPreview(options.preview ?? false)
      .setTimeout(options.timeout ?? 0);
    const response = await this.call<protocol.CreateResponse>((done) => this.client.create(request, done));
    return plain(response.getProperties());
  }

  async update(type: string, state: Properties, inputs: Properties): Promise<Properties> {
    const request = new protocol.UpdateRequest()
      .setId("id")
      .setUrn(urn(type))
      .setOlds(Struct.fromJavaScript(state))
      .setNews(Struct.fromJavaScript(inputs));
    const response = await this.call<protocol.UpdateResponse>((done) => this.client.update(request, done));
    return plain(response.getProperties());
  }

  async delete(type: string, state: Properties): Promise<void> {
    const request = new protocol.DeleteRequest()
      .setId("id")
      .setUrn(urn(type))
      .setProperties(Struct.fromJavaScript(state));
    await this.call((done) => this.client.delete(request, done));
  }

  async invoke(inputs: Properties): Promise<Properties> {
    const request = new protocol.InvokeRequest()
      .setTok("command:local:run")
      .setArgs(Struct.fromJavaScript(inputs));
    const response = await this.call<protocol.InvokeResponse>((done) => this.client.invoke(request, done));
    return plain(response.getReturn());
  }

  async cancel(): Promise<void> {
    await this.call((done) => this.client.cancel(new Empty(), done));
  }
}

function urn(type: string): string {
  return `urn:pulumi:stack::project::${type}::thing`;
}

function plain(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
