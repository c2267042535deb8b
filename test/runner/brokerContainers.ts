import assert from "assert";
import { execa } from "execa";
import type { Containers, ExecResult } from "../../workloads/containers";

const refuse = (): never => assert.fail("unexpected");
const rest = { spawn: refuse, usage: refuse, logs: refuse };

/** One container, whose server on `port` answers `path` with `body`; `result` instead, where it is given. */
export function answering(
  container: string,
  { port, path }: { readonly port: number; readonly path: string },
  body: string,
  result: Partial<ExecResult> = {},
): Containers {
  return {
    exec: (name, command) => {
      assert.equal(name, container);
      assert.deepEqual(command.slice(0, 3), ["timeout", "5", "bash"]);
      assert.equal(command[6], String(port));
      assert.equal(command[8], path);
      const stdout = `HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\n${body}`;
      return Promise.resolve({ exitCode: 0, stdout, stderr: "", ...result });
    },
    ...rest,
  };
}

/** Containers that are this machine: commands are run here. */
export const here: Containers = {
  exec: async (_, [program = "", ...parameters]) => {
    const {
      exitCode = -1,
      stdout,
      stderr,
    } = await execa(program, parameters, {
      reject: false,
      stripFinalNewline: false,
    });
    return { exitCode, stdout, stderr };
  },
  ...rest,
};
