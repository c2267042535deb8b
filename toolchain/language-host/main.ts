import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineAddress, leaveWithEngine, serve } from "../plugin-server/serve";
import { NodeLanguageHost } from "./host";

// Replaced by its value when this is bundled.
declare const PLUGIN_VERSION: string;

/** The grace that what runs is given, and time to end what outlives it. */
const patienceMs = 5000;

const host = new NodeLanguageHost(PLUGIN_VERSION, engineAddress() ?? "");
leaveWithEngine({ cancel: () => host.cancel(), idle: () => host.idle, patienceMs });
serve(LanguageRuntimeService, host.handlers).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
