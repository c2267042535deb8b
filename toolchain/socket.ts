import * as http from "http";

const answerMs = 3000;

/**
 * Asks the engine behind a socket, with nothing but Node.js: this is on the way of every command, and a client
 * library takes longer to load than the engine to answer. Returns the status of a GET of `path`, or the code of
 * the error (`ECONNREFUSED`, `EACCES`, …).
 */
export function askSocket(socketPath: string, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path, timeout: answerMs }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** The path of a DOCKER_HOST that is a socket; undefined for others. */
export function socketOf(host: string | undefined): string | undefined {
  return host?.startsWith("unix://") ? host.slice("unix://".length) : undefined;
}
