import { spawn } from "child_process";
import * as os from "os";
import * as path from "path";
import * as grpc from "@grpc/grpc-js";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import * as protocol from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { dependencies, requiredPlugins } from "./packages";
import {
  Children,
  configEnvironment,
  loaderEnvironment,
  outcome,
  programArguments,
  runtimeOptions,
  sdkScript,
} from "./program";
import { messageOf } from "../plugin-server/serve";

/** How long a cancelled program has to end by itself, milliseconds. */
const graceMs = 3000;

function unary<Request, Response>(
  answer: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
) {
  return (call: grpc.ServerUnaryCall<Request, Response>, done: grpc.sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => answer(call.request, call))
      .then(
        (response) => done(null, response),
        (error: unknown) => done({ code: grpc.status.UNKNOWN, message: messageOf(error) }),
      );
  };
}

/** A call that streams what a child process prints. */
function streaming<Request, Response>(start: (call: grpc.ServerWritableStream<Request, Response>) => void) {
  return (call: grpc.ServerWritableStream<Request, Response>) => {
    try {
      start(call);
    } catch (error) {
      call.emit("error", { code: grpc.status.UNKNOWN, message: (error as Error).message });
    }
  };
}

function optionsOf(info: protocol.ProgramInfo | undefined) {
  return runtimeOptions(info?.getOptions()?.toJavaScript() ?? {});
}

/** The language service for Node.js programs, on behalf of the engine at `engineAddress`. */
export class NodeLanguageHost {
  private readonly children = new Children();

  constructor(
    private readonly version: string,
    private readonly engineAddress: string,
  ) {}

  get idle(): boolean {
    return this.children.idle;
  }

  /** Asks every running program to stop, and kills those that have not after a grace. */
  cancel(): void {
    this.children.end("SIGTERM");
    setTimeout(() => this.children.end("SIGKILL"), graceMs).unref();
  }

  private run(
    request: protocol.RunRequest,
    call: grpc.ServerUnaryCall<protocol.RunRequest, protocol.RunResponse>,
  ): Promise<protocol.RunResponse> {
    const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
    const options = optionsOf(request.getInfo());
    const child = this.children.start({
      arguments: [
        ...options.nodeArgs,
        sdkScript(directory, "run"),
        ...programArguments(request, this.engineAddress),
      ],
      directory: request.getPwd() || directory,
      environment: {
        ...process.env,
        ...configEnvironment(request),
        ...loaderEnvironment(options, directory),
      },
      stdio: "inherit",
    });
    call.on("cancelled", () => this.cancel());
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const { bail, error } = outcome(code, signal);
        const response = new protocol.RunResponse();
        response.setBail(bail);
        response.setError(error);
        resolve(response);
      });
    });
  }

  /** Runs a policy pack or a plugin that is written for Node.js, handing its output on as it comes. */
  private runPlugin(
    call: grpc.ServerWritableStream<protocol.RunPluginRequest, protocol.RunPluginResponse>,
  ): void {
    const request = call.request;
    const info = request.getInfo();
    const directory = info?.getProgramDirectory() || request.getProgram();
    const options = optionsOf(info);
    const script = sdkScript(directory, request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin");
    const given = request.getEnvList().map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    });
    const child = this.children.start({
      arguments: [
        ...options.nodeArgs,
        script,
        ...request.getArgsList(),
        info?.getProgramDirectory() || request.getProgram(),
      ],
      directory: request.getKind() === "analyzer" ? directory : request.getPwd(),
      environment: {
        ...process.env,
        ...(Object.fromEntries(given) as NodeJS.ProcessEnv),
        ...loaderEnvironment(options, directory),
      },
      stdio: "pipe",
    });
    child.stdout?.on("data", (data: Buffer) => call.write(new protocol.RunPluginResponse().setStdout(data)));
    child.stderr?.on("data", (data: Buffer) => call.write(new protocol.RunPluginResponse().setStderr(data)));
    child.on("error", (error) => call.emit("error", { code: grpc.status.UNKNOWN, message: error.message }));
    child.on("close", (code) => {
      call.write(new protocol.RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    });
    call.on("cancelled", () => child.kill("SIGTERM"));
  }

  private installDependencies(
    call: grpc.ServerWritableStream<
      protocol.InstallDependenciesRequest,
      protocol.InstallDependenciesResponse
    >,
  ): void {
    const child = spawn("npm", ["install"], {
      cwd: call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (data: Buffer) =>
      call.write(new protocol.InstallDependenciesResponse().setStdout(data)),
    );
    child.stderr.on("data", (data: Buffer) =>
      call.write(new protocol.InstallDependenciesResponse().setStderr(data)),
    );
    const fail = (message: string) => call.emit("error", { code: grpc.status.UNKNOWN, message });
    child.on("error", (error) => fail(`cannot run npm: ${error.message}`));
    child.on("close", (code) => (code === 0 ? call.end() : fail(`npm install exited with ${code}`)));
    call.on("cancelled", () => child.kill("SIGTERM"));
  }

  private plugins(info: protocol.ProgramInfo | undefined) {
    const home = process.env.PULUMI_HOME || path.join(os.homedir(), ".pulumi");
    return requiredPlugins(info?.getProgramDirectory() ?? process.cwd(), path.join(home, "plugins"));
  }

  /** The methods of the protocol's service; those that are missing answer that they are not implemented. */
  get handlers(): { [method: string]: grpc.UntypedHandleCall } {
    return {
      handshake: unary(() => new protocol.LanguageHandshakeResponse()),
      getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(this.version)),
      getRequiredPackages: unary((request: protocol.GetRequiredPackagesRequest) =>
        new protocol.GetRequiredPackagesResponse().setPackagesList(
          this.plugins(request.getInfo()).map(({ name, version, server }) =>
            new plugin.PackageDependency()
              .setName(name)
              .setKind("resource")
              .setVersion(version)
              .setServer(server),
          ),
        ),
      ),
      getRequiredPlugins: unary((request: protocol.GetRequiredPluginsRequest) =>
        new protocol.GetRequiredPluginsResponse().setPluginsList(
          this.plugins(request.getInfo()).map(({ name, version, server }) =>
            new plugin.PluginDependency()
              .setName(name)
              .setKind("resource")
              .setVersion(version)
              .setServer(server),
          ),
        ),
      ),
      getProgramDependencies: unary((request: protocol.GetProgramDependenciesRequest) =>
        new protocol.GetProgramDependenciesResponse().setDependenciesList(
          dependencies(request.getInfo()?.getProgramDirectory() ?? request.getPwd()).map(
            ({ name, version }) => new protocol.DependencyInfo().setName(name).setVersion(version),
          ),
        ),
      ),
      about: unary(() =>
        new protocol.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
      ),
      runtimeOptionsPrompts: unary(() => new protocol.RuntimeOptionsResponse()),
      run: unary(
        (
          request: protocol.RunRequest,
          call: grpc.ServerUnaryCall<protocol.RunRequest, protocol.RunResponse>,
        ) => this.run(request, call),
      ),
      runPlugin: streaming(
        (call: grpc.ServerWritableStream<protocol.RunPluginRequest, protocol.RunPluginResponse>) =>
          this.runPlugin(call),
      ),
      installDependencies: streaming(
        (
          call: grpc.ServerWritableStream<
            protocol.InstallDependenciesRequest,
            protocol.InstallDependenciesResponse
          >,
        ) => this.installDependencies(call),
      ),
      cancel: unary(() => {
        this.cancel();
        return new empty.Empty();
      }),
    };
  }
}
