import Docker from "dockerode";
import { findEndpoint } from "../../toolchain/engine";

/** A client of the Docker Engine that the toolchain uses, wherever it is. */
export async function connectDocker(environment: NodeJS.ProcessEnv): Promise<Docker> {
  const { host } = await findEndpoint({ ...process.env, ...environment });
  // The client library reads TLS and SSH settings from the environment, and where the engine is from there too.
  process.env.DOCKER_HOST = host;
  return new Docker();
}
