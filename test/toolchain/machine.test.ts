import * as assert from "assert";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import * as os from "os";
import * as path from "path";
import { baseImageTag, buildSettings } from "../../toolchain/base-image";
import { keyFiles } from "../../toolchain/machine/apt-keys";
import {
  type AptSource,
  aptSources,
  parseList,
  parseSources,
  reachLines,
  renderSources,
  usable,
} from "../../toolchain/machine/apt-sources";
import { parsePipConf, pipSettings, renderPipConf } from "../../toolchain/machine/pip";
import { certificateBundle, machineFiles } from "../../toolchain/machine/settings";

const debian = `Types: deb deb-src
# a comment
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
const node = "Types: deb\nURIs: https://deb.example.com/node_20.x\nSuites: nodistro\nComponents: main\n";
const engine =
  "Types: deb\nURIs: https://download.example.com/linux/debian\nSuites: bookworm\nComponents: stable\n";

describe("the machine's package sources", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    mkdirSync(path.join(folder, "sources.list.d"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are taken over where they are Debian's, and no others", () => {
    writeFileSync(path.join(folder, "sources.list.d", "debian.sources"), `${debian}\n${engine}`);
    writeFileSync(path.join(folder, "sources.list.d", "node.sources"), node);
    writeFileSync(
      path.join(folder, "sources.list.d", "old.list.disabled"),
      "deb http://old.example.org/debian bookworm main",
    );
    assert.deepEqual(aptSources(folder), [
      {
        uris: ["http://mirror.example.org/debian"],
        suites: ["bookworm", "bookworm-updates"],
        components: ["main"],
        trusted: false,
        signers: [],
      },
    ]);
  });

  it("are Debian's own where the machine runs another release", () => {
    writeFileSync(path.join(folder, "sources.list"), "deb http://archive.example.org/ubuntu noble main\n");
    const uris = aptSources(folder).flatMap((source) => source.uris);
    assert.deepEqual(uris, ["http://deb.debian.org/debian", "http://deb.debian.org/debian-security"]);
  });

  it("are read from the one-line format with options, and without source packages", () => {
    const text =
      "deb [arch=amd64 trusted=yes] https://m.example.org/debian bookworm main contrib # c\ndeb-src https://m.example.org/debian bookworm main\n";
    assert.deepEqual(usable(parseList(text)), [
      {
        uris: ["https://m.example.org/debian"],
        suites: ["bookworm"],
        components: ["main", "contrib"],
        trusted: true,
        signers: [],
      },
    ]);
  });

  it("that are switched off or are files of this machine are left out", () => {
    assert.deepEqual(parseSources(`Enabled: no\n${debian}`), []);
    assert.deepEqual(usable(parseList("deb file:/srv/debian bookworm main")), []);
  });

  it("come out as they went in", () => {
    assert.deepEqual(parseSources(renderSources(usable(parseSources(debian)))), usable(parseSources(debian)));
  });

  it("go with apt's settings of how to reach them, and with no others", () => {
    const dump =
      'Acquire "";\nAcquire::http::Proxy "http://p:3128";\nAcquire::Changelogs::URI "x";\nAcquire::Retries "5";\nAcquire::https::CaInfo "/host/ca";\n';
    assert.deepEqual(reachLines(dump), ['Acquire::Retries "5";', 'Acquire::http::Proxy "http://p:3128";']);
  });
});

describe("the keys of the machine's package sources", () => {
  let folder: string;
  let key: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    key = path.join(folder, "company.gpg");
    // What is no text comes out as it was.
    writeFileSync(key, Buffer.from([0x99, 0x01, 0xff]));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const signerLines = (sources: AptSource[]) =>
    renderSources(sources)
      .split("\n")
      .filter((line) => line.startsWith("Signed-By: "));
  const inImage = () => `/etc/buswide/apt-keys/${key.slice(1).replaceAll("/", "-")}`;

  it("go into images where they are not Debian's, by both formats", () => {
    const deb822 = debian.replace(/Signed-By: .*/, `Signed-By: ${key}`);
    for (const sources of [
      parseSources(deb822),
      parseList(`deb [arch=amd64 signed-by=${key}] http://m.example.org/debian bookworm main`),
      parseList(`deb [ signed-by="${key}" ] http://m.example.org/debian bookworm main`),
    ]) {
      assert.deepEqual(signerLines(usable(sources)), [`Signed-By: ${inImage()}`]);
      assert.deepEqual(keyFiles(sources.flatMap(({ signers }) => signers)), {
        [inImage()]: Buffer.from([0x99, 0x01, 0xff]),
      });
    }
  });

  it("may be several, and may be chosen by their fingerprints", () => {
    const sources = parseList(
      `deb [signed-by=${key},/usr/share/keyrings/debian-archive-keyring.gpg,ABCD!] http://m.example.org/debian bookworm main`,
    );
    assert.deepEqual(signerLines(sources), [
      `Signed-By: ${inImage()} /etc/buswide/apt-keys/usr-share-keyrings-debian-archive-keyring.gpg ABCD!`,
    ]);
  });

  it("may stand in the source itself", () => {
    const begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    const end = "-----END PGP PUBLIC KEY BLOCK-----";
    const sources = parseSources(
      debian.replace(/Signed-By: .*/, `Signed-By:\n ${begin}\n .\n mDMEYCQj\n =IE0r\n ${end}`),
    );
    const [[name, text] = []] = Object.entries(keyFiles(sources.flatMap(({ signers }) => signers)));
    assert.match(name ?? "", /^\/etc\/buswide\/apt-keys\/[0-9a-f]{12}\.asc$/);
    assert.equal(String(text), `${begin}\n\nmDMEYCQj\n=IE0r\n${end}\n`);
    assert.deepEqual(signerLines(sources), [`Signed-By: ${name}`]);
  });

  it("are Debian's keyring where the source names it, a part of it, nothing or fingerprints", () => {
    for (const option of [
      "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]",
      "[signed-by=/usr/share/keyrings/debian-archive-bookworm-stable.gpg]",
      "[signed-by=ABCD]",
      "",
    ]) {
      const sources = parseList(`deb ${option} http://m.example.org/debian bookworm main`);
      assert.deepEqual(signerLines(sources), ["Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"]);
      assert.deepEqual(keyFiles(sources.flatMap(({ signers }) => signers)), {});
    }
  });

  it("do not matter to a source that is trusted without", () => {
    const sources = parseList(`deb [trusted=yes signed-by=${key}] http://m.example.org/debian bookworm main`);
    assert.match(renderSources(sources), /^Trusted: yes$/m);
    assert.deepEqual(sources[0]?.signers, []);
  });

  it("that cannot be read leave Debian's own sources", () => {
    const write = (file: string) =>
      writeFileSync(
        path.join(folder, "sources.list"),
        `deb [signed-by=${file}] http://mirror.example.org/debian bookworm main\n`,
      );
    const uris = () => aptSources(folder).flatMap((source) => source.uris);
    write(key);
    assert.deepEqual(uris(), ["http://mirror.example.org/debian"]);
    write(path.join(folder, "none.gpg"));
    assert.deepEqual(uris(), ["http://deb.debian.org/debian", "http://deb.debian.org/debian-security"]);
  });
});

describe("the machine's certificates", () => {
  let folder: string;
  let bundle: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    chmodSync(folder, 0o755);
    bundle = path.join(folder, "bundle.crt");
    writeFileSync(bundle, "certificates");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are those of the first variable that names a file", () => {
    const environment = {
      SSL_CERT_FILE: path.join(folder, "none.crt"),
      REQUESTS_CA_BUNDLE: folder,
      CURL_CA_BUNDLE: bundle,
    };
    assert.equal(certificateBundle(environment), bundle);
    assert.equal(machineFiles(environment)["/etc/buswide/ca-certificates.crt"], "certificates");
  });

  it("are not those of a file that this user may not read", function () {
    const secret = path.join(folder, "secret.crt");
    writeFileSync(secret, "others'", { mode: 0 });
    const { getuid, seteuid } = process;
    if (!getuid || !seteuid) {
      this.skip();
    }
    const user = getuid();
    try {
      if (user === 0) {
        // Root may read everything.
        seteuid(65534);
      }
      assert.equal(certificateBundle({ SSL_CERT_FILE: secret, PIP_CERT: bundle }), bundle);
    } finally {
      if (user === 0) {
        seteuid(0);
      }
    }
  });
});

describe("the machine's pip settings", () => {
  it("are those of the index, and none that name a path of this machine", () => {
    const conf =
      "[global]\nindex-url = https://pip.example.org/simple\ncert = /host/ca.crt\nfind-links = /opt/wheels\n[install]\ntrusted_host =\n    a.example.org\n    b.example.org\n[list]\ntimeout = 3\n";
    assert.deepEqual(
      [...parsePipConf(conf)],
      [
        ["index-url", "https://pip.example.org/simple"],
        ["trusted-host", "a.example.org b.example.org"],
      ],
    );
  });

  it("of the environment win over files", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    try {
      writeFileSync(
        path.join(folder, "pip.conf"),
        "[global]\nindex-url = https://file.example.org\nretries = 7\n",
      );
      const environment = {
        HOME: folder,
        PIP_CONFIG_FILE: path.join(folder, "pip.conf"),
        PIP_INDEX_URL: "https://env.example.org",
        PIP_FIND_LINKS: "/opt/wheels",
      };
      const settings = pipSettings(environment);
      assert.equal(settings.get("index-url"), "https://env.example.org");
      assert.equal(settings.get("retries"), "7");
      assert.equal(settings.has("find-links"), false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("name the image's own certificates", () => {
    const text = renderPipConf(new Map([["trusted-host", "a b"]]), "/etc/buswide/ca.crt");
    assert.equal(text, "[global]\ncert = /etc/buswide/ca.crt\ntrusted-host = a\n    b\n");
  });
});

describe("the base image", () => {
  const plain = { HOME: "/nonexistent", PIP_CONFIG_FILE: "/dev/null" };

  it("has the same name as long as the machine's settings stay", () => {
    assert.match(baseImageTag(plain), /^buswide\/base:bookworm-[0-9a-f]{12}$/);
    assert.equal(baseImageTag(plain), baseImageTag({ ...plain, UNRELATED: "1" }));
  });

  it("has another name with another package index", () => {
    assert.notEqual(
      baseImageTag(plain),
      baseImageTag({ ...plain, PIP_INDEX_URL: "https://pip.example.org/simple" }),
    );
  });

  it("gives builds the machine's proxies in both spellings, and its network", () => {
    assert.deepEqual(buildSettings({ HTTPS_PROXY: "http://p:3128" }), {
      buildArgs: { https_proxy: "http://p:3128", HTTPS_PROXY: "http://p:3128" },
      networkMode: "host",
    });
    assert.deepEqual(buildSettings({}), { buildArgs: {}, networkMode: "host" });
  });
});
