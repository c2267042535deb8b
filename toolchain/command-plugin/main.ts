import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineAddress, leaveWithEngine, serve } from "../plugin-server/serve";
import { CommandProvider } from "./provider";

// Replaced by its value when this is bundled.
declare const PLUGIN_VERSION: string;

/** The grace that what runs is given, and time to end what outlives it. */
const patienceMs = 5000;

const provider = new CommandProvider(PLUGIN_VERSION, engineAddress());
leaveWithEngine({ cancel: () => provider.cancelAll(), idle: () => provider.idle, patienceMs });
serve(ResourceProviderService, provider.handlers).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
