import { text } from "stream/consumers";
import { z } from "zod";
import { issue, makeAuthority } from "./issue";

const issued = z.strictObject({ certificate: z.string(), key: z.string() });
const request = z.union([
  z.strictObject({ authority: z.string() }),
  z.strictObject({ issuer: issued, names: z.array(z.string()).min(1) }),
]);

/**
 * The program that a stack's commands run: on standard input `{ "authority": <name> }` or `{ "issuer": …, "names": [ … ] }`,
 * on standard output a certificate and its key, both secret. Exit code 1 if it was asked for anything else.
 */
async function main(): Promise<void> {
  const asked = request.parse(JSON.parse(await text(process.stdin)));
  const made =
    "names" in asked ? await issue(asked.issuer, asked.names) : await makeAuthority(asked.authority);
  process.stdout.write(JSON.stringify(made));
}

main().catch((error: unknown) => {
  // What was asked holds a key: its name is all that is told of what went wrong.
  process.stderr.write(`no certificate: ${error instanceof Error ? error.name : "unknown error"}\n`);
  process.exitCode = 1;
});
