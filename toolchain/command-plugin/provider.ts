import { randomBytes } from "crypto";
import * as grpc from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import type { Context } from "./command";
import type { Failure, Kind } from "./kinds";
import { localCommand, localRun } from "./local";
import { copyToRemote, remoteCommand } from "./remote";
import { type Change, changes, holdsSecret, type Properties, revealed, secret, unknown } from "./values";
import { messageOf } from "../plugin-server/serve";

const kinds: { [type: string]: Kind } = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
};

type Handler<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  done: sendUnaryData<Response>,
) => void;

/** An asynchronous answer as a gRPC handler; an error becomes the call's status. */
function answering<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): Handler<Request, Response> {
  return (call, done) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => done(null, response),
        (error: unknown) => done({ code: grpc.status.UNKNOWN, message: messageOf(error) }),
      );
  };
}

function properties(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function plain(struct: Struct | undefined): Properties {
  return revealed(properties(struct)) as Properties;
}

function kindOf(urn: string): Kind {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const kind = kinds[type];
  if (!kind) {
    throw new Error(
      `${type} is not served by this build of the command plugin, which has ${Object.keys(kinds).join(", ")}`,
    );
  }
  return kind;
}

function checkFailures(failures: Failure[]): protocol.CheckFailure[] {
  return failures.map(({ property, reason }) => {
    const failure = new protocol.CheckFailure();
    failure.setProperty(property);
    failure.setReason(`${property} ${reason}`);
    return failure;
  });
}

/**
 * The state of a resource: its inputs as they came, and its outputs. When an input is a secret, so is all
 * output, as a command may print what it was given.
 */
function state(inputs: Properties, outputs: Properties): Struct {
  const hide = holdsSecret(inputs);
  const hidden = Object.entries(outputs).map(
    ([name, value]) => [name, hide ? secret(value) : value] as const,
  );
  return Struct.fromJavaScript({ ...inputs, ...Object.fromEntries(hidden) });
}

/** What a preview shows of the outputs. */
function unknowns(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(kind.outputNames(inputs).map((name) => [name, unknown]));
}

/** The provider's service, on behalf of the engine at `engineAddress` (none: nothing is logged). */
export class CommandProvider {
  private readonly running = new Set<AbortController>();
  private readonly engine: EngineClient | undefined;
  private cancelled = false;

  constructor(
    private readonly version: string,
    engineAddress: string | undefined,
  ) {
    this.engine = engineAddress
      ? new EngineClient(engineAddress, grpc.credentials.createInsecure(), {
          "grpc.max_send_message_length": -1,
        })
      : undefined;
  }

  /** Whether no command is running. */
  get idle(): boolean {
    return this.running.size === 0;
  }

  /** Ends every running command, and refuses new ones. */
  cancelAll(): void {
    this.cancelled = true;
    this.running.forEach((controller) => controller.abort("cancelled"));
  }

  /**
   * Runs `operation` so that it can be cancelled, and waits until its log has reached the engine.
   * `timeoutSeconds` of 0 means no limit.
   */
  private async operate<T>(
    urn: string,
    timeoutSeconds: number,
    operation: (context: Context) => Promise<T>,
  ): Promise<T> {
    if (this.cancelled) {
      throw new Error("cancelled");
    }
    const controller = new AbortController();
    this.running.add(controller);
    const timer =
      timeoutSeconds > 0
        ? setTimeout(() => controller.abort(`timed out after ${timeoutSeconds} s`), timeoutSeconds * 1000)
        : undefined;
    // One after the other, so that lines arrive in order.
    let logged = Promise.resolve();
    const log = (line: string) => {
      logged = logged.then(() => this.log(urn, line));
    };
    try {
      return await operation({ log, signal: controller.signal });
    } finally {
      clearTimeout(timer);
      this.running.delete(controller);
      await logged;
    }
  }

  private log(urn: string, line: string): Promise<void> {
    const { engine: client } = this;
    if (!client) {
      return Promise.resolve();
    }
    const request = new engine.LogRequest();
    request.setSeverity(engine.LogSeverity.INFO);
    request.setMessage(line);
    request.setUrn(urn);
    // A status line of the progress display, not a diagnostic that stays.
    request.setEphemeral(true);
    return new Promise((resolve) => {
      // A lost line of progress must not fail the command whose output it is; the output itself is kept.
      client.log(request, () => resolve());
    });
  }

  private check(request: protocol.CheckRequest): protocol.CheckResponse {
    const kind = kindOf(request.getUrn());
    const inputs = kind.defaults(properties(request.getNews()));
    const response = new protocol.CheckResponse();
    response.setInputs(Struct.fromJavaScript(inputs));
    response.setFailuresList(checkFailures(kind.failures(revealed(inputs) as Properties)));
    return response;
  }

  private diff(request: protocol.DiffRequest): protocol.DiffResponse {
    const kind = kindOf(request.getUrn());
    const news = plain(request.getNews());
    let olds = request.hasOldInputs() ? plain(request.getOldInputs()) : {};
    if (Object.keys(olds).length === 0) {
      // An engine that does not send the inputs has them in the state, among the outputs.
      const {
        stdout: _stdout,
        stderr: _stderr,
        assets: _assets,
        archive: _archive,
        ...inputs
      } = plain(request.getOlds());
      olds = inputs;
    }
    const response = new protocol.DiffResponse();
    response.setHasdetaileddiff(true);
    const found = changes(kind.defaults(olds), news, "");
    const replaces = new Set<string>();
    for (const [path, change] of found) {
      const name = /^[^.[]*/.exec(path)?.[0] ?? path;
      const replace = name === "triggers";
      if (replace) {
        replaces.add(name);
      }
      response.getDetaileddiffMap().set(path, propertyDiff(change, replace));
    }
    response.setReplacesList([...replaces]);
    response.setDiffsList([...new Set([...found.keys()].map((path) => /^[^.[]*/.exec(path)?.[0] ?? path))]);
    response.setChanges(
      found.size > 0
        ? protocol.DiffResponse.DiffChanges.DIFF_SOME
        : protocol.DiffResponse.DiffChanges.DIFF_NONE,
    );
    return response;
  }

  private async create(request: protocol.CreateRequest): Promise<protocol.CreateResponse> {
    const urn = request.getUrn();
    const kind = kindOf(urn);
    const inputs = properties(request.getProperties());
    const response = new protocol.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(state(inputs, unknowns(kind, inputs)));
      return response;
    }
    const outputs = await this.operate(urn, request.getTimeout(), (context) =>
      kind.create(revealed(inputs) as Properties, context),
    );
    response.setId(`${urn.split("::").at(-1)}${randomBytes(4).toString("hex")}`);
    response.setProperties(state(inputs, outputs));
    return response;
  }

  private async update(request: protocol.UpdateRequest): Promise<protocol.UpdateResponse> {
    const urn = request.getUrn();
    const kind = kindOf(urn);
    const inputs = properties(request.getNews());
    const response = new protocol.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(state(inputs, unknowns(kind, inputs)));
      return response;
    }
    const outputs = await this.operate(urn, request.getTimeout(), (context) =>
      kind.update(revealed(inputs) as Properties, plain(request.getOlds()), context),
    );
    response.setProperties(state(inputs, outputs));
    return response;
  }

  private async delete(request: protocol.DeleteRequest): Promise<empty.Empty> {
    const urn = request.getUrn();
    await this.operate(urn, request.getTimeout(), (context) =>
      kindOf(urn).delete(plain(request.getProperties()), context),
    );
    return new empty.Empty();
  }

  private read(request: protocol.ReadRequest): protocol.ReadResponse {
    // There is nothing to look at: a command's state is what it printed when it ran.
    const response = new protocol.ReadResponse();
    response.setId(request.getId());
    response.setProperties(request.getProperties());
    response.setInputs(request.getInputs());
    return response;
  }

  private async invoke(request: protocol.InvokeRequest): Promise<protocol.InvokeResponse> {
    if (request.getTok() !== "command:local:run") {
      throw new Error(
        `${request.getTok()} is not served by this build of the command plugin, which has command:local:run`,
      );
    }
    const inputs = plain(request.getArgs());
    const response = new protocol.InvokeResponse();
    const failures = localRun.failures(inputs);
    if (failures.length > 0) {
      response.setFailuresList(checkFailures(failures));
    } else {
      const result = await this.operate("", 0, (context) => localRun.invoke(inputs, context));
      response.setReturn(Struct.fromJavaScript(result));
    }
    return response;
  }

  /** The methods of the protocol's service; those that are missing answer that they are not implemented. */
  get handlers(): { [method: string]: grpc.UntypedHandleCall } {
    const configured = () => {
      const response = new protocol.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    };
    const described = () => {
      const response = new protocol.GetSchemaResponse();
      const resources = Object.fromEntries(Object.keys(kinds).map((type) => [type, {}]));
      response.setSchema(
        JSON.stringify({
          name: "command",
          version: this.version,
          resources,
          functions: { "command:local:run": {} },
        }),
      );
      return response;
    };
    const information = () => {
      const response = new plugin.PluginInfo();
      response.setVersion(this.version);
      return response;
    };
    return {
      handshake: answering(() => {
        const response = new protocol.ProviderHandshakeResponse();
        response.setAcceptSecrets(true);
        return response;
      }),
      getSchema: answering(described),
      getPluginInfo: answering(information),
      checkConfig: answering((request: protocol.CheckRequest) => {
        const response = new protocol.CheckResponse();
        response.setInputs(request.getNews());
        return response;
      }),
      diffConfig: answering(() => new protocol.DiffResponse()),
      configure: answering(configured),
      check: answering((request: protocol.CheckRequest) => this.check(request)),
      diff: answering((request: protocol.DiffRequest) => this.diff(request)),
      create: answering((request: protocol.CreateRequest) => this.create(request)),
      update: answering((request: protocol.UpdateRequest) => this.update(request)),
      delete: answering((request: protocol.DeleteRequest) => this.delete(request)),
      read: answering((request: protocol.ReadRequest) => this.read(request)),
      invoke: answering((request: protocol.InvokeRequest) => this.invoke(request)),
      cancel: answering(() => {
        this.cancelAll();
        return new empty.Empty();
      }),
    };
  }
}

function propertyDiff(change: Change, replace: boolean): protocol.PropertyDiff {
  const { Kind: kind } = protocol.PropertyDiff;
  const diff = new protocol.PropertyDiff();
  diff.setInputdiff(true);
  diff.setKind(
    {
      add: replace ? kind.ADD_REPLACE : kind.ADD,
      delete: replace ? kind.DELETE_REPLACE : kind.DELETE,
      update: replace ? kind.UPDATE_REPLACE : kind.UPDATE,
    }[change],
  );
  return diff;
}
