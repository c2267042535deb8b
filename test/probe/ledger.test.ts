import { strict as assert } from "assert";
import fc from "fast-check";
import { Ledger, type Tally } from "../../workloads/probe/ledger";
import type { Ranges, ReceiverCounts } from "../../workloads/probe/protocol";
import type { Pattern } from "../../workloads/results/schema";

/** Ranges of the given numbers, each by itself. */
const each = (numbers: number[]): Ranges => numbers.map((number) => [number, number]);

const got = (client: number, fresh: number[], again: number[] = [], reordered = 0): ReceiverCounts => ({
  new: { [client]: each(fresh) },
  again: again.length > 0 ? { [client]: again } : {},
  reordered,
});

/** One client, number 0, whose topic has receivers 0 and 1, the first of them in its own site. */
const ledgerOf = (pattern: Pattern) =>
  new Ledger(new Map([[0, [0, 1]]]), pattern, (_, receiver) => receiver === 0);

const counts = (ledger: Ledger): Partial<Tally> => {
  const { sent, expected, received, lost, duplicated } = ledger.tally();
  return { sent, expected, received, lost, duplicated };
};

describe("ledger", () => {
  it("finds nothing wrong where each message was executed once", () => {
    const ledger = ledgerOf("cast");
    ledger.client(0, { ok: [[0, 9]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 2, 4, 6, 8]));
    ledger.receiver(1, got(0, [1, 3, 5, 7, 9]));
    assert.deepEqual(counts(ledger), { sent: 10, expected: 10, received: 10, lost: 0, duplicated: 0 });
    assert.deepEqual([...ledger.receivedBy], [[0, 5], [1, 5]]); // prettier-ignore
  });

  it("finds a call local that was answered from its own site, and from nowhere else", () => {
    const ledger = ledgerOf("call");
    ledger.client(0, { ok: [[0, 3]], failed: { MessagingTimeout: [[4, 4]] }, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2, 4]));
    ledger.receiver(1, got(0, [2, 3]));
    const { placed, local } = ledger.tally();
    assert.deepEqual({ placed, local }, { placed: 4, local: 2 });
  });

  it("does not call an answered call local whose server reported nothing", () => {
    const ledger = ledgerOf("call");
    ledger.client(0, { ok: [[0, 1]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0]));
    const { placed, local } = ledger.tally();
    assert.deepEqual({ placed, local }, { placed: 1, local: 1 });
  });

  it("finds a fanout half local where half of its receivers are in the sender's site", () => {
    const ledger = ledgerOf("fanout");
    ledger.client(0, { ok: [[0, 4]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2, 3, 4], [4]));
    ledger.receiver(1, got(0, [0, 1, 2, 3, 4]));
    const { placed, local } = ledger.tally();
    assert.deepEqual({ placed, local }, { placed: 10, local: 5 });
  });

  it("counts a message that never arrived as lost", () => {
    const ledger = ledgerOf("notify");
    ledger.client(0, { ok: [[0, 9]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2, 3, 5, 6, 7, 9]));
    assert.deepEqual(counts(ledger), { sent: 10, expected: 10, received: 8, lost: 2, duplicated: 0 });
  });

  it("counts a message executed at two servers as duplicated", () => {
    const ledger = ledgerOf("call");
    ledger.client(0, { ok: [[0, 3]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2]));
    ledger.receiver(1, got(0, [2, 3]));
    assert.deepEqual(counts(ledger), { sent: 4, expected: 4, received: 4, lost: 0, duplicated: 1 });
  });

  it("counts a message executed twice at one server as duplicated", () => {
    const ledger = ledgerOf("cast");
    ledger.client(0, { ok: [[0, 1]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1], [1, 1]));
    assert.deepEqual(counts(ledger), { sent: 2, expected: 2, received: 2, lost: 0, duplicated: 2 });
  });

  it("counts what each client sent: not what it was told had failed", () => {
    const ledger = new Ledger(new Map([[0, [0]], [4, [0]], [5, [0]]]), "cast", () => true); // prettier-ignore
    ledger.client(0, { ok: [[0, 2]], failed: {}, late: 0 });
    ledger.client(4, { ok: [[0, 0]], failed: { MessageDeliveryFailure: [[1, 1]] }, late: 0 });
    assert.deepEqual([...ledger.tally().sentBy], [[0, 3], [4, 1]]); // prettier-ignore
  });

  it("does not let a duplicate hide a loss", () => {
    const ledger = ledgerOf("cast");
    ledger.client(0, { ok: [[0, 2]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1], [1]));
    assert.deepEqual(counts(ledger), { sent: 3, expected: 3, received: 2, lost: 1, duplicated: 1 });
  });

  it("expects a fanout at every receiver of the topic, and counts each by itself", () => {
    const ledger = ledgerOf("fanout");
    ledger.client(0, { ok: [[0, 4]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2, 3, 4]));
    ledger.receiver(1, got(0, [0, 1, 3, 4], [4]));
    assert.deepEqual(counts(ledger), { sent: 5, expected: 10, received: 9, lost: 1, duplicated: 1 });
    assert.equal(ledger.reached(1, 0), true);
    assert.equal(ledger.reached(2, 0), false);
  });

  it("calls a call that timed out but was executed an error, not lost", () => {
    const ledger = ledgerOf("call");
    ledger.client(0, { ok: [[0, 1]], failed: { MessagingTimeout: [[2, 3]] }, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2]));
    assert.deepEqual(counts(ledger), { sent: 4, expected: 4, received: 3, lost: 1, duplicated: 0 });
    assert.deepEqual(ledger.tally().errors, { MessagingTimeout: 2 });
    assert.equal(ledger.tally().succeeded, 2);
  });

  it("expects a message whose sender was told that it failed only where it arrived", () => {
    const ledger = ledgerOf("cast");
    ledger.client(0, { ok: [[0, 0]], failed: { MessageDeliveryFailure: [[1, 3]] }, late: 0 });
    ledger.receiver(0, got(0, [0, 2]));
    assert.deepEqual(counts(ledger), { sent: 2, expected: 2, received: 2, lost: 0, duplicated: 0 });
    assert.deepEqual(ledger.tally().errors, { MessageDeliveryFailure: 3 });
  });

  it("counts what arrived from a client that died before it could report it", () => {
    const ledger = ledgerOf("cast");
    ledger.client(0, { ok: [[0, 1]], failed: {}, late: 0 });
    ledger.receiver(1, got(0, [0, 1, 2, 3]));
    assert.deepEqual(counts(ledger), { sent: 4, expected: 4, received: 4, lost: 0, duplicated: 0 });
  });

  it("takes a reply as proof of execution, and says when no receiver reported it", () => {
    const ledger = ledgerOf("call");
    ledger.client(0, { ok: [[0, 9]], failed: {}, late: 0 });
    ledger.receiver(0, got(0, [0, 1, 2, 3, 4, 5, 6]));
    assert.equal(ledger.tally().unreported, 3);
    assert.equal(ledger.tally().lost, 0);
  });

  it("adds up what receivers found reordered", () => {
    const ledger = ledgerOf("cast");
    ledger.receiver(0, got(0, [0], [], 2));
    ledger.receiver(1, got(0, [1], [], 3));
    assert.equal(ledger.tally().reordered, 5);
  });

  it("agrees with a plain count for any deliveries, in any order and any portions", () => {
    const delivery = fc.record({ receiver: fc.constantFrom(0, 1), sequence: fc.nat(40) });
    fc.assert(
      fc.property(
        fc.constantFrom<Pattern>("cast", "fanout"),
        fc.nat(40),
        fc.array(delivery),
        (pattern, last, all) => {
          const ledger = ledgerOf(pattern);
          ledger.client(0, { ok: [[0, last]], failed: {}, late: 0 });
          const had = [new Set<number>(), new Set<number>()];
          for (const { receiver, sequence } of all) {
            const here = had[receiver];
            assert(here);
            ledger.receiver(receiver, here.has(sequence) ? got(0, [], [sequence]) : got(0, [sequence]));
            here.add(sequence);
          }
          const tally = ledger.tally();
          const distinct = new Set(
            all.map((one) => (pattern === "fanout" ? `${one.receiver}/${one.sequence}` : one.sequence)),
          );
          assert.equal(tally.received, distinct.size);
          assert.equal(tally.duplicated, all.length - distinct.size);
          assert.equal(tally.expected, tally.received + tally.lost);
          const copies = pattern === "fanout" ? 2 : 1;
          const wanted = Array.from({ length: last + 1 }, (_, sequence) => sequence);
          const missing = wanted.flatMap((sequence) =>
            pattern === "fanout"
              ? [0, 1].filter((receiver) => !distinct.has(`${receiver}/${sequence}`))
              : distinct.has(sequence)
                ? []
                : [0],
          );
          assert.equal(tally.lost, missing.length);
          assert(tally.lost <= (last + 1) * copies);
        },
      ),
    );
  });
});
