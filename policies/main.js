// The SDK would type-check the pack at every start, which takes ten seconds and is the gate's task.
delete require.extensions[".ts"];
require("ts-node").register({ cwd: __dirname + "/..", swc: true, transpileOnly: true, typeCheck: false });
require("./index");
