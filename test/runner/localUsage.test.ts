import assert from "assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { dirname, join } from "path";
import { readLocalUsage } from "../../workloads/localUsage";

describe("readLocalUsage", () => {
  const id = "d3279dd6da8c9fbbbd0a3cb8a0e78f92c8b237cb861877cfcc067d3e2f4cd83e";
  let root = "";

  const write = (files: Record<string, string>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-usage-"));
    write({
      "proc/42/net/dev":
        "Inter-|   Receive                                                |  Transmit\n" +
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
        "    lo:  999  1 0 0 0 0 0 0  999 1 0 0 0 0 0 0\n" +
        "  eth0: 1000  5 0 0 0 0 0 0  300 3 0 0 0 0 0 0\n" +
        "eth1:20 5 0 0 0 0 0 0 7 3 0 0 0 0 0 0\n",
      "proc/42/net/sockstat":
        "sockets: used 90\nTCP: inuse 12 orphan 0 tw 3 alloc 20 mem 1\nUDP: inuse 4 mem 0\n",
      "proc/42/net/sockstat6": "TCP6: inuse 3\nUDP6: inuse 0\n",
    });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const expected = {
    cpuSeconds: 2.5,
    memoryBytes: 700,
    networkReceivedBytes: 1020,
    networkSentBytes: 307,
    sockets: 15,
  };

  it("reads cgroup v2", () => {
    const group = `sys/fs/cgroup/system.slice/docker-${id}.scope`;
    write({
      "proc/42/cgroup": `0::/system.slice/docker-${id}.scope\n`,
      [`${group}/cpu.stat`]: "usage_usec 2500000\nuser_usec 2000000\n",
      [`${group}/memory.current`]: "1000\n",
      [`${group}/memory.stat`]: "anon 600\nfile 400\nshmem 100\nfile_mapped 7\n",
    });
    const { time, ...sample } = readLocalUsage({ id, pid: 42 }, root) ?? assert.fail("no sample");
    assert.deepEqual(sample, expected);
    assert.ok(Math.abs(time - Date.now() / 1000) < 5);
  });

  it("reads cgroup v1", () => {
    write({
      "proc/42/cgroup": `4:memory:/docker/${id}\n2:cpu,cpuacct:/docker/${id}\n0::/docker/${id}\n`,
      [`sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`]: "2500000000\n",
      [`sys/fs/cgroup/memory/docker/${id}/memory.usage_in_bytes`]: "1000\n",
      [`sys/fs/cgroup/memory/docker/${id}/memory.stat`]: "cache 9\ntotal_cache 400\ntotal_shmem 100\n",
    });
    const { time, ...sample } = readLocalUsage({ id, pid: 42 }, root) ?? assert.fail("no sample");
    assert.deepEqual(sample, expected);
    assert.ok(time > 0);
  });

  it("takes no other process with the same number for the container", () => {
    write({ "proc/42/cgroup": "0::/user.slice/session-1.scope\n" });
    assert.equal(readLocalUsage({ id, pid: 42 }, root), undefined);
  });

  it("says nothing of a container this machine can't see", () => {
    assert.equal(readLocalUsage({ id, pid: 43 }, root), undefined);
  });
});
