// Preloaded into a process: at its end it lists on standard error the packages that were loaded.
process.on("exit", () => {
  const packages = Object.keys(require.cache).flatMap(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  require("fs").writeSync(2, [...new Set(packages)].join("\n"));
});
