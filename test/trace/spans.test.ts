import { deepStrictEqual, strictEqual, throws } from "assert";
import { renderPage } from "../../workloads/trace/page";
import { microseconds, parseNotifications, spansOf } from "../../workloads/trace/spans";
import { began, linesOf, trace } from "./fixture";
import { request1, seenMs } from "./patternFixture";

const keystone = { name: "core/keystone", site: "core" };

describe("spans of a service", () => {
  it("are pairs of what it told, in microseconds, with their kind and what they are of", () => {
    const [span] = spansOf(keystone, parseNotifications(linesOf("core/keystone")));
    deepStrictEqual(
      [span?.id, span?.parent, span?.name, span?.kind, span?.what, span?.unfinished],
      ["w1", "h1", "wsgi", "service", "POST /v3/auth/tokens", false],
    );
    deepStrictEqual([span?.start, span?.end], [began * 1e6 + 5000, began * 1e6 + 45_000]);
  });

  it("that did not end take no time, and are known for it", () => {
    const [line = ""] = linesOf("core/keystone").split("\n");
    const [span] = spansOf(keystone, parseNotifications(`${line}\n`));
    deepStrictEqual([span?.unfinished, (span?.end ?? 0) - (span?.start ?? 0)], [true, 0]);
  });

  it("that ended with an error have its class", () => {
    const [start = "", stop = ""] = linesOf("core/neutron").split("\n");
    const failed = JSON.parse(stop) as { info: object };
    const text = `${start}\n${JSON.stringify({ ...failed, info: { ...failed.info, etype: "KeyError" } })}\n`;
    strictEqual(spansOf(keystone, parseNotifications(text))[0]?.error, "KeyError");
  });

  it("are read without a last line that is cut off", () =>
    strictEqual(parseNotifications(`${linesOf("core/glance")}{"name": "db-st`).length, 6));

  it("are refused where a line is none", () =>
    throws(() => parseNotifications('{"name": "db-start"}\n'), /base_id/));
});

describe("a time of OSProfiler's", () => {
  it("is UTC's, to the microsecond", () =>
    strictEqual(microseconds("2026-11-30T12:00:00.000001"), began * 1e6 + 1));

  it("is refused where it is none", () => throws(() => microseconds("noon"), /"noon" is no time/));
});

describe("the page of a trace", () => {
  it("shows spans below the one that they are part of, and none of their text as its own", () => {
    const spans = trace().spans.map((span) => (span.id === "d1" ? { ...span, what: "<script>" } : span));
    const page = renderPage('a "trace"', { ...trace(), spans });
    strictEqual(page.includes("<script>"), false);
    const places = [...page.matchAll(/<td class="place">([^<]*)</g)].map(([, name]) => name);
    deepStrictEqual(places.slice(0, 6), [
      ...["core/client", "core/keystone", "core/keystone", "core/keystone"],
      ...["core/client", "core/nova-api"],
    ]);
  });

  it("marks what was waited for one after the other", () => {
    const page = renderPage("a trace", trace(request1, seenMs));
    const waited = [...page.matchAll(/<tr class="\w+ waited"><td[^>]*>([^<]*)</g)].map(([, text]) => text);
    strictEqual(waited.length, 12);
    strictEqual(
      waited.filter((text) => text?.startsWith("call: object_action (Instance.save) to conductor")).length,
      2,
    );
  });
});
