import { readFileSync } from "fs";
import * as path from "path";
import { output, run } from "./processes";

export interface GoProgram {
  /** A folder with go.mod and go.sum. */
  module: string;
  /** The package to build, `.` for the module's own. */
  package: string;
  /** Values that are set at link time. */
  variables: { [name: string]: string };
}

const progressMs = 5000;

/** The Go version that a go.mod asks for, such as `1.25.11`. */
export function requiredGo(goMod: string): string {
  const version = /^go (\S+)$/m.exec(goMod)?.[1];
  if (!version) {
    throw new Error("go.mod names no Go version");
  }
  return version;
}

/** Whether the version `found` (`go1.26.8`) is at least `required` (`1.25.11`). */
export function isRecent(found: string, required: string): boolean {
  const numbers = (version: string) =>
    version
      .replace(/^go/, "")
      .split(".")
      .map((part) => parseInt(part, 10) || 0);
  const [left, right] = [numbers(found), numbers(required)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}

/**
 * Why `module` cannot be built here, or undefined when it can. From 1.21 on, Go fetches a newer toolchain by
 * itself, unless GOTOOLCHAIN forbids it.
 */
export async function missingGo(module: string): Promise<string | undefined> {
  const required = requiredGo(readFileSync(path.join(module, "go.mod"), "utf8"));
  let answer: string;
  try {
    answer = await output("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { cwd: path.parse(module).root });
  } catch {
    return `Go ${required} or newer is not installed`;
  }
  const [version = "", toolchain = ""] = answer.trim().split("\n");
  const fetches = isRecent(version, "1.21") && toolchain !== "local";
  return fetches || isRecent(version, required)
    ? undefined
    : `Go ${required} or newer is needed, ${version.replace("go", "")} is installed`;
}

/**
 * Builds a Go program into the file `target`, with the checksums of its go.sum and the user's own GOFLAGS and
 * GOPROXY. What an interrupted build has compiled is taken from Go's cache. Errors: what go reports.
 */
export async function buildGo(
  program: GoProgram,
  target: string,
  progress: (line: string) => void,
): Promise<void> {
  // Without cgo, neither a C compiler nor the system's libraries matter; go.work files around here do not either.
  const options = { cwd: program.module, env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" } };
  const flags = ["-mod=readonly", "-trimpath"];

  let downloads = 0;
  const downloading = setInterval(
    () => progress(downloads > 0 ? `${downloads} Go modules downloaded` : "looking at Go modules"),
    progressMs,
  );
  let total: number;
  try {
    const listed = await run("go", ["list", ...flags, "-deps", program.package], {
      ...options,
      onLine: (line) => {
        downloads += line.startsWith("go: downloading") ? 1 : 0;
      },
    });
    if (listed.code !== 0) {
      throw new Error(
        `the Go modules cannot be loaded:\n${listed.stderr.trim().split("\n").slice(-20).join("\n")}`,
      );
    }
    total = listed.stdout.trim().split("\n").length;
  } finally {
    clearInterval(downloading);
  }

  const variables = Object.entries(program.variables).map(([name, value]) => `-X ${name}=${value}`);
  const started = Date.now();
  let compiled = 0;
  // Of an earlier, interrupted build, go reports nothing; the count then ends below the total.
  const compiling = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    progress(`compiled ${compiled} of at most ${total} Go packages (${seconds} s)`);
  }, progressMs);
  try {
    const build = [
      "build",
      "-v",
      ...flags,
      "-ldflags",
      ["-s", "-w", ...variables].join(" "),
      "-o",
      target,
      program.package,
    ];
    const result = await run("go", build, { ...options, onLine: () => compiled++ });
    if (result.code !== 0) {
      throw new Error(`the Go build failed:\n${result.stderr.trim().split("\n").slice(-30).join("\n")}`);
    }
  } finally {
    clearInterval(compiling);
  }
}
