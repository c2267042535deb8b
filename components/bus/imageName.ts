import { z } from "zod";

/** What an image can be called (the Distribution's reference grammar). */
const reference =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9._-]+(?:\/[a-z0-9._-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

/** The name of an image that somebody else made. @param example One that would do. */
export function imageName(example: string) {
  return z.string().regex(reference, {
    error: ({ input }) => `${JSON.stringify(input)} is no name of an image: use one such as "${example}"`,
  });
}
