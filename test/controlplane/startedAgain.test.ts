import { deepStrictEqual, ok, strictEqual } from "assert";
import { execFileSync } from "child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";

const images = resolve(__dirname, "../../images");

/** What an image runs by itself: the list that its Dockerfile ends with. */
function started(image: string): string[] {
  const dockerfile = readFileSync(join(images, image, "Dockerfile"), "utf8");
  const [, list] = /^(?:CMD|ENTRYPOINT) (\[.+\])$/m.exec(dockerfile) ?? [];
  return JSON.parse(list ?? "[]") as string[];
}

describe("a service that is started again", () => {
  for (const [image, folder, program, told] of [
    ["memcached", "/var/lib/memcached", "memcached", ["-m", "32", "-U", "0"]],
    ["haproxy", "/tmp", "haproxy", ["-db", "-f", "/etc/haproxy/haproxy.cfg"]],
  ] as const)
    it(`is not taken for healthy since before it died: ${image}`, () => {
      const here = mkdtempSync(join(tmpdir(), "buswide-started-again-"));
      try {
        const health = readFileSync(join(images, image, "health.sh"), "utf8");
        const mark = /^reported=(.+)$/m.exec(health)?.[1] ?? "";
        ok(mark.startsWith(`${folder}/`), mark);
        const [shell = "", ...parameters] = started(image);
        strictEqual(shell, "sh");
        writeFileSync(join(here, mark.slice(folder.length + 1)), "");
        writeFileSync(join(here, program), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
        const said = execFileSync(
          shell,
          parameters.map((text) => text.replaceAll(`${folder}/`, `${here}/`)),
          { cwd: here, encoding: "utf8", env: { PATH: `${here}:${process.env["PATH"] ?? ""}` } },
        );
        ok(!existsSync(join(here, mark.slice(folder.length + 1))), "the mark is there still");
        deepStrictEqual(said.trim().split(" "), told);
      } finally {
        rmSync(here, { recursive: true });
      }
    });
});
