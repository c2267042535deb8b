#!/usr/bin/env node
// Compiled without a look at types: the gate has looked, and a command should start at once.
require("ts-node").register({ cwd: __dirname, transpileOnly: true });
require("./main.ts");
