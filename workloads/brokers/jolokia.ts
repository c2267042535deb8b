import { z } from "zod";
import type { Containers } from "../containers";
import { askInside } from "./http";

/**
 * Reads management beans of a Java broker by Jolokia's agent in it, which listens on the loopback of the broker's own
 * container (https://jolokia.org/reference/html/manual/jolokia_protocol.html).
 */
const [port, path] = [8778, "/jolokia/"];

/** An answer to one reading: by bean where the beans' name was a pattern. */
export const answered = <T extends z.ZodType>(value: T) => z.object({ status: z.literal(200), value });

/** A reading of beans that there need not be. */
export const answeredIfThere = <T extends z.ZodType>(value: T) =>
  z.union([answered(value), z.object({ status: z.literal(404) })]);

/** Asks for all of `request` at once. Errors: it can't be reached, or answers in another form than `schema`. */
export async function readBeans<T extends z.ZodType>(
  containers: Containers,
  container: string,
  request: readonly object[],
  schema: T,
): Promise<z.infer<T>> {
  const where = `${container}: http://127.0.0.1:${port}${path}`;
  const text = await askInside(containers, container, { port, path, body: JSON.stringify(request) });
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`${where} answers no JSON`);
  }
  const result = schema.safeParse(answer);
  if (!result.success) throw new Error(`${where} answers in no known form: ${z.prettifyError(result.error)}`);
  return result.data;
}
