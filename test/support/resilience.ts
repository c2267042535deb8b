import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { parse } from "csv-parse/sync";
import { stringify } from "yaml";
import { buswide, projectRoot } from "../command/shim";
import { assertKeepsSecrets } from "./keptSecrets";

/** What happens to what, as a table has it. */
type Broken = readonly [fault: string, of: string];

const campaignOf = (faults: object) => ({
  question: "What do calls see of a broker that dies, and of a link that is cut?",
  scenario: {
    sites: { core: {}, edge: {} },
    links: [{ between: ["core", "edge"], delay: "10ms" }],
    bus: { kind: "rabbitmq", topology: "single", site: "core" },
    workloads: [
      {
        ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 1 } },
        ...{ rate: "20/s", duration: "32s", warmup: "1s", timeout: "5s" },
      },
    ],
  },
  faults: { at: "4s", ...faults },
  repetitions: 1,
});

/** The suite of a campaign's: its broker killed for two seconds, its link cut for three, or both in turn, as `broken` has them. */
export function breaksInTurn(name: string, faults: object, broken: readonly Broken[]): void {
  const executions = join(projectRoot, "runs", "campaigns", name);
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    writeFileSync(join(folder, `${name}.yaml`), stringify(campaignOf(faults)));
  });
  after(async () => {
    await buswide(["destroy", `c-${name}`, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(executions, { recursive: true, force: true });
    rmSync(join(projectRoot, "runs", `c-${name}`), { recursive: true, force: true });
  });

  const said: Record<string, string> = {};
  let rows: Record<string, string>[] = [];
  it("measures each fault by itself, and the bus serves again after each", async () => {
    // With its containers: what they say is looked through, too.
    const { code, stdout, stderr } = await buswide([
      "campaign",
      "run",
      "--keep",
      join(folder, `${name}.yaml`),
    ]);
    said.campaign = stdout + stderr;
    equal(code, 0, stderr);
    rows = parse(readFileSync(join(executions, "1", "table.csv")), { columns: true });
    deepEqual(
      rows.map(({ fault, fault_of: of, status }) => [fault, of, status]).sort(),
      broken.map((one) => [...one, "complete"]).sort(),
    );
    for (const { fault, fault_at_s: at, interrupted_s: down, full_service_s: full } of rows) {
      equal(at, "4");
      // Dead for two seconds and more for its start, or cut for three; of the first a part may have been served.
      ok(Number(down) >= 2 && Number(down) < 28, `${fault}: nothing was served for ${down} s`);
      ok(full !== "" && Number(full) >= 2, `${fault}: full service after ${full} s`);
    }
    for (const row of rows) {
      // The clients are at the edge, and their broker and their link are what is broken.
      equal(row.at_fault_sites, "edge");
      equal(row.at_fault_interrupted_s, row.interrupted_s);
      equal(row.elsewhere_sites ?? "", "");
      const { deaf_servers, unserved_clients, bus_healed, bus_remade } = row;
      deepEqual([deaf_servers, unserved_clients, bus_healed, bus_remade ?? ""], ["0", "0", "true", ""]);
      ok(/^\d+$/.test(row.orphan_queues ?? ""), `the broker's queues were not read: ${row.orphan_queues}`);
    }
    // Nothing is executed twice, and what was executed is at most what was asked for.
    for (const { duplicated, received, sent } of rows) {
      equal(duplicated, "0");
      ok(Number(received) <= Number(sent));
    }
  });

  it("ends in a scorecard of the bus, in the page and in Markdown", async () => {
    const page = join(folder, "page.md");
    const { code, stderr } = await buswide(["report", join(executions, "1"), "--markdown", page]);
    equal(code, 0, stderr);
    const markdown = readFileSync(page, "utf8");
    const [, score, faultsOfScore] =
      /^\| rabbitmq single +\| ([\d.]+) +\| 1 +\| (\d+) +\|/m.exec(markdown) ?? [];
    equal(faultsOfScore, String(broken.length));
    const shares = rows.map(
      ({ succeeded, errors }) => Number(succeeded) / (Number(succeeded) + Number(errors)),
    );
    const mean = (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
    ok(Math.abs(Number(score) - mean) < 0.06, `${score} % in the page, ${mean} % by the table`);
    broken.forEach(([what, of], index) => {
      match(markdown, new RegExp(`^\\| rabbitmq single +\\| ${what} ${of} +\\| call +\\| 1 `, "m"));
      const picture = join(folder, "page-pictures", `call-fault-${index + 1}.svg`);
      match(readFileSync(picture, "utf8"), /<svg[^]*>core[^<]*: (kill|cut)</);
    });
    const reported = await buswide(["report", join(executions, "1")]);
    said.report = reported.stdout + reported.stderr;
    equal(reported.code, 0, reported.stderr);
    const html = readFileSync(join(executions, "1", "report.html"), "utf8");
    for (const [what, of] of broken) match(html, new RegExp(`<section id="scorecard">[^]*${what} ${of}`));
  });

  it("keeps its secrets: what broke, too, has put none into a log, a journal or a page", () => {
    const folders = [executions, folder, join(projectRoot, "runs", `c-${name}`)];
    assertKeepsSecrets({ stack: `c-${name}`, said, folders });
  });
}
