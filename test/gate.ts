import { execa } from "execa";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { prepareEngine, prepareTools } from "../toolchain";
import { buildImages } from "./containers/buildImage";

/*
 * The one gate: what a person and CI run. It sets up what it needs with the code of a first `npm start`, runs
 * every check and every test, goes on after a failure, and sums all runners up in its last line.
 *
 * What has no times to keep goes on beside the set-up: while tools and images are made, sources are checked, and so is all that
 * is tested by value. From the first test that keeps time, nothing goes on beside it.
 *
 *   npm test             everything, end-to-end tests in their short form
 *   npm run test:long    the long forms besides
 *   npm test -- --fast   without containers
 */

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = resolve(__dirname, "..");
const venv = join(root, ".buswide", "venv");
const long = process.argv.includes("--long");
const fast = process.argv.includes("--fast");
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const took: { readonly name: string; readonly seconds: number }[] = [];

/** Folders of unit tests that start programs, wait, and bound how long that takes. */
const timedFolders = [
  ...["command", "hosts", "metrics", "openstack", "probe", "rally", "runner", "servers", "toolchain"],
];
/** Folders of Python. */
const pythonFolders = [
  "workloads/agent",
  ...["gateway", "mariadb", "openstack", "rally"].map((name) => `images/${name}`),
];
/** It removes all images at its end, which others would have to make again. */
const last = "test/e2e/start.test.ts";

async function main(): Promise<void> {
  const progress = (line: string) => console.log(line);
  const engine = prepareEngine({ progress });
  const tools = timed("tools", () => prepareTools({ progress }));
  const images = fast ? Promise.resolve() : makeImages(engine);
  try {
    const checked = untimed(process.env);
    // Of what fails, the others' ends are waited for: nothing may come after the last line.
    await Promise.allSettled([engine, tools, checked]);
    await checked;
    const environment = { ...(await tools), ...(await engine) };
    await timed("waiting for images", () => images);
    await pythonTests(environment);
    await mocha(
      "unit tests that keep time",
      timedFolders.map((folder) => `test/${folder}/**/*.test.ts`),
      environment,
    );
    if (fast) return;
    await mocha("tests with containers", ["test/containers/**/*.test.ts"], environment);
    await mocha(
      "end-to-end tests",
      ["test/e2e/!(start).test.ts", ...(long ? ["test/long/**/*.test.ts"] : []), last],
      environment,
    );
  } finally {
    await images;
  }
}

/** What needs neither tools nor an engine, and keeps no time. */
async function untimed(environment: NodeJS.ProcessEnv): Promise<void> {
  await check("types", "npx", ["tsc", "-p", "."], environment);
  await check("lint", "npx", ["eslint", "--max-warnings", "0", "."], environment);
  await check("format", "npx", ["prettier", "--check", "--log-level", "warn", "."], environment);
  await pythonChecks(environment);
  await mocha(
    "unit, property and policy tests",
    [
      // A test that hangs ends; how fast one is beside the set-up says nothing.
      ...["--timeout", "120000", "test/**/*.test.ts"],
      ...["containers", "e2e", "long", ...timedFolders].flatMap((folder) => [
        "--ignore",
        `test/${folder}/**`,
      ]),
    ],
    environment,
  );
}

/** Makes the images that tests use, on the engine that is there by then, as one more check. Never rejects. */
async function makeImages(engine: Promise<NodeJS.ProcessEnv>): Promise<void> {
  try {
    const found = await engine;
    await timed("images", () => buildImages({ ...process.env, ...found }));
    add("images", { passed: 1, failed: 0, skipped: 0 });
  } catch (error) {
    console.error(error);
    add("images", { passed: 0, failed: 1, skipped: 0 });
  }
}

/** A check that passes or fails as a whole. */
async function check(
  name: string,
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  console.log(`\n== ${name}`);
  const { failed } = await timed(name, async () =>
    execa(command, args, { cwd: root, env: environment, stdio: "inherit", reject: false }),
  );
  add(name, { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 });
  return !failed;
}

async function mocha(name: string, specs: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  await counted(name, environment, (counts) => ({
    command: "npx",
    args: ["mocha", "--reporter", "test/support/countingReporter.ts", ...specs],
    env: { BUSWIDE_TEST_COUNTS: counts },
    read: () => JSON.parse(readFileSync(counts, "utf8")) as Counts,
  }));
}

const inVenv = (tool: string) => join(venv, "bin", tool);

/** Checks of the Python parts, in a virtual environment of pinned packages, made once. */
async function pythonChecks(environment: NodeJS.ProcessEnv): Promise<void> {
  const requirements = join(root, "workloads", "agent", "requirements-dev.txt");
  if (!existsSync(inVenv("python")))
    await check("Python environment", "python3", ["-m", "venv", venv], environment);
  await check(
    "Python packages",
    inVenv("python"),
    ["-m", "pip", "install", "-q", "-r", requirements],
    environment,
  );
  for (const folder of pythonFolders) {
    await check(`ruff ${folder}`, inVenv("ruff"), ["check", folder], environment);
    await check(`ruff format ${folder}`, inVenv("ruff"), ["format", "--check", folder], environment);
    await check(
      `mypy ${folder}`,
      inVenv("mypy"),
      ["--config-file", `${folder}/pyproject.toml`, folder],
      environment,
    );
  }
}

/** Tests of the Python parts, in the environment that their checks have made. Some keep time. */
async function pythonTests(environment: NodeJS.ProcessEnv): Promise<void> {
  for (const folder of pythonFolders)
    await counted(`pytest ${folder}`, environment, (counts) => ({
      command: inVenv("python"),
      args: [
        "-m",
        "pytest",
        "-q",
        `--rootdir=${folder}`,
        "-c",
        `${folder}/pyproject.toml`,
        `--junitxml=${counts}`,
        folder,
      ],
      env: {},
      read: () => readJunit(counts),
    }));
}

function readJunit(file: string): Counts {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const attribute = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? NaN);
  const failed = attribute("failures") + attribute("errors");
  return {
    passed: attribute("tests") - failed - attribute("skipped"),
    failed,
    skipped: attribute("skipped"),
  };
}

/** Runs a test runner that writes its counts to a file. No counts, or none run, is a failure. */
async function counted(
  name: string,
  environment: NodeJS.ProcessEnv,
  make: (counts: string) => { command: string; args: string[]; env: NodeJS.ProcessEnv; read: () => Counts },
): Promise<void> {
  console.log(`\n== ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "buswide-counts-"));
  try {
    const { command, args, env, read } = make(join(folder, "counts"));
    const { exitCode } = await timed(name, async () =>
      execa(command, args, {
        cwd: root,
        env: { ...environment, ...env },
        stdio: "inherit",
        reject: false,
      }),
    );
    const counts = existsSync(join(folder, "counts")) ? read() : { passed: 0, failed: 0, skipped: 0 };
    const ran = counts.passed + counts.failed > 0;
    // A runner that ended badly without a failed test failed all the same.
    if ((exitCode !== 0 || !ran) && counts.failed === 0) counts.failed = 1;
    add(name, counts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  took.push({ name, seconds: Math.round((performance.now() - start) / 1000) });
  return result;
}

function add(name: string, counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.failed > 0) failures.push(name);
}

main()
  .catch((error: unknown) => {
    console.error(error);
    total.failed += 1;
    failures.push("the gate itself");
  })
  .finally(() => {
    const longest = took.filter(({ seconds }) => seconds >= 10).sort((a, b) => b.seconds - a.seconds);
    console.log(`\ntook: ${longest.map(({ name, seconds }) => `${name} ${seconds} s`).join(", ")}`);
    if (failures.length > 0) console.log(`\nfailed: ${failures.join(", ")}`);
    console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  });
