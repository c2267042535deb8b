#!/usr/bin/env node
"use strict";
// The pinned Pulumi CLI with this project's settings: what is missing is made ready first.

const { spawn } = require("child_process");
const { existsSync, readFileSync, realpathSync } = require("fs");
const path = require("path");

const root = path.dirname(path.dirname(realpathSync(__filename)));

// npm runs the install scripts of Pulumi's packages with this command on the PATH. They want to download plugins,
// which is done at first use; an installation must not wait for a build.
const lifecycle = process.env.npm_lifecycle_event;
if (
  ["preinstall", "install", "postinstall"].includes(lifecycle) &&
  process.env.npm_package_name !== "buswide"
) {
  process.exit(0);
}

require("ts-node").register({ cwd: root, swc: true });
const { prepare, prepareCli } = require("../toolchain");

/** The commands that make or look at resources, and so need plugins and an engine. */
const deploying = new Set([
  "up",
  "update",
  "preview",
  "pre",
  "destroy",
  "down",
  "refresh",
  "watch",
  "import",
]);

/** The command's name: the first argument that is neither a flag nor the value of one. */
function commandOf(parameters) {
  const withValue = new Set([
    "-C",
    "--cwd",
    "-s",
    "--stack",
    "--color",
    "-v",
    "--verbose",
    "--tracing",
    "--profiling",
  ]);
  for (let index = 0; index < parameters.length; index++) {
    const parameter = parameters[index];
    if (withValue.has(parameter)) {
      index++;
    } else if (!parameter.startsWith("-")) {
      return parameter;
    }
  }
  return undefined;
}

/** Whether the stack that the command names has the target `openstack`, which needs a plugin more. */
function wantsOpenstack(parameters) {
  const at = parameters.findIndex((parameter) => parameter === "-s" || parameter === "--stack");
  const joined = parameters.find((parameter) => parameter.startsWith("--stack="));
  const stack = at >= 0 ? parameters[at + 1] : (joined?.slice("--stack=".length) ?? process.env.PULUMI_STACK);
  const file = path.join(root, "stacks", `Pulumi.${stack?.split("/").at(-1)}.yaml`);
  if (!stack || !existsSync(file)) {
    return false;
  }
  const scenario = require("yaml").parse(readFileSync(file, "utf8"))?.config?.["buswide:scenario"];
  return scenario?.target?.kind === "openstack";
}

function run(environment, parameters) {
  const child = spawn("pulumi", parameters, { stdio: "inherit", env: environment });
  // A terminal sends Ctrl-C to the CLI too, and its second one means: stop at once. Other senders know only this process.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`pulumi: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
}

async function main() {
  const parameters = process.argv.slice(2);
  const progress = (line) => process.stderr.write(`${line}\n`);
  const environment = deploying.has(commandOf(parameters))
    ? await prepare({ openstack: wantsOpenstack(parameters), progress })
    : await prepareCli(progress);
  run(environment, parameters);
}

main().catch((error) => {
  process.stderr.write(`pulumi: ${error.message}\n`);
  process.exit(1);
});
