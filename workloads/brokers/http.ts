import type { Containers } from "../containers";

/**
 * Asks an HTTP server on the loopback of a container, by the container's own bash: images that somebody else made have no
 * other client for certain. The port, the path and the body are arguments, and nothing of them is read as a command.
 */
const script = [
  'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1',
  // HTTP 1.0: the answer is whole, and ends with the connection.
  'printf "%s %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s" "$2" "$3" "${#4}" "$4" >&3',
  "cat <&3",
].join("; ");

/**
 * The body of the answer.
 * @param asked `body` absent: GET; else POST, of JSON in ASCII. `seconds`: how long it may take, 5 where it is absent.
 * Errors: nothing listens there, or it answers with another status than 200, or not in time.
 */
export async function askInside(
  containers: Containers,
  container: string,
  asked: { readonly port: number; readonly path: string; readonly body?: string; readonly seconds?: number },
): Promise<string> {
  const { port, path, body, seconds = 5 } = asked;
  const where = `${container}: http://127.0.0.1:${port}${path}`;
  const method = body === undefined ? "GET" : "POST";
  const { exitCode, stdout, stderr } = await containers.exec(
    container,
    ["timeout", String(seconds), "bash", "-c", script, "bash", String(port), method, path, body ?? ""],
    { timeoutMs: 1000 * seconds + 3_000 },
  );
  if (exitCode !== 0) throw new Error(`${where}: ${stderr.trim() || `no answer within ${seconds} s`}`);
  const end = stdout.indexOf("\r\n\r\n");
  const [status = ""] = stdout.split("\r\n", 1);
  if (end < 0 || !/^HTTP\/1\.[01] 200\b/.test(status)) throw new Error(`${where}: ${status || "no answer"}`);
  return stdout.slice(end + 4);
}
