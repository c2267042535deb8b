import { chmod, writeFile } from "fs/promises";
import * as path from "path";
import { build } from "esbuild";

/**
 * Bundles the plugin with entry point `entry` into `folder`: one JavaScript file that needs nothing but Node.js,
 * so that it outlives this project's node_modules, and the executable `executable` that starts it.
 */
export async function bundlePlugin(
  entry: string,
  version: string,
  folder: string,
  executable: string,
): Promise<void> {
  const script = `${executable}.js`;
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    minify: true,
    outfile: path.join(folder, script),
    define: { PLUGIN_VERSION: JSON.stringify(version) },
    // Native accelerators of ssh2, which does without them when they are missing.
    external: ["cpu-features", "*.node"],
    logLevel: "error",
  });
  const launcher = path.join(folder, executable);
  await writeFile(launcher, launcherScript(process.execPath, script));
  await chmod(launcher, 0o755);
}

/** Prefers the Node.js that made the plugin, and takes the one on the PATH when that is gone. */
function launcherScript(node: string, script: string): string {
  return [
    "#!/bin/sh",
    `node='${node.replace(/'/g, "'\\''")}'`,
    '[ -x "$node" ] || node=node',
    `exec "$node" "\${0%/*}/${script}" "$@"`,
    "",
  ].join("\n");
}
