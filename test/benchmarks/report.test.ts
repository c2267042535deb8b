import { strict as assert } from "assert";
import { ratio } from "../../benchmarks/support/figures";
import { asMarkdown, asText, replaceSection } from "../../benchmarks/support/report";

const outcome = {
  benchmark: "no-change-up",
  compares: "one against the other",
  command: "npm run bench -- no-change-up --pairs 3 --markdown",
  at: new Date("2026-01-02T03:04:05Z"),
  machine: {
    ...{ cpu: "Test CPU", cores: 2, memoryGib: 24, busy: 0.02, kernel: "6.1", os: "Debian", docker: "20.10" },
    ...{ node: "20.20.2", pulumi: "3.259.0", commit: "abc1234" },
  },
  figures: [ratio("a / b", [[3, 2], [2, 2], [5, 2]])], // prettier-ignore
};

describe("a benchmark's report", () => {
  it("gives pairs, median and range, and what they were taken on", () => {
    const markdown = asMarkdown(outcome);
    assert.match(markdown, /^\| a \/ b \| 3 \| 1\.50 × \| 1\.00 to 2\.50 \|$/m);
    assert.match(
      markdown,
      /`npm run bench -- no-change-up --pairs 3 --markdown`, 2026-01-02, 2 × Test CPU, 24 GiB/,
    );
    assert.match(asText(outcome), /a \/ b +│ 3 +│ 1\.50 × +│ 1\.00 to 2\.50/);
  });

  it("warns of figures that were taken on a busy machine, and only of those", () => {
    const busy = { ...outcome, machine: { ...outcome.machine, busy: 0.4 } };
    assert.match(asMarkdown(busy), /figures say little/);
    assert.doesNotMatch(asMarkdown(outcome), /figures say little/);
  });

  it("replaces its own figures in a document and leaves the rest", () => {
    const document =
      "# A\n<!-- figures of x -->\nold\n<!-- end of figures of x -->\n<!-- figures of y -->\nkept";
    assert.equal(
      replaceSection(document, "x", "new"),
      "# A\n<!-- figures of x -->\n\nnew\n\n<!-- end of figures of x -->\n<!-- figures of y -->\nkept",
    );
    assert.throws(() => replaceSection(document, "y", "new"), /no place for y/);
  });
});
