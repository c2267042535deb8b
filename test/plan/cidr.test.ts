import { deepStrictEqual, strictEqual, throws } from "assert";
import fc from "fast-check";
import { address, cidr, contains, mustCidr, overlaps, subnet } from "../../components/plan/cidr";

/** Any prefix, with the bits beyond its length zero. */
const prefix = fc
  .tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 8, max: 32 }))
  .map(([bits, length]) => {
    const first = bits - (bits % 2 ** (32 - length));
    return {
      first,
      length,
      text: `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${length}`,
    };
  });

describe("an IPv4 prefix", () => {
  it("is read as the numbers it is written in", () =>
    fc.assert(
      fc.property(prefix, ({ first, length, text }) =>
        deepStrictEqual(mustCidr(text), {
          base: text.split("/")[0],
          first,
          length,
          size: 2 ** (32 - length),
          text,
        }),
      ),
    ));

  it("is none when it has bits beyond its length, leading zeros, or numbers out of range", () => {
    for (const text of [
      "10.0.0.1/8",
      "10.0.0/8",
      "10.0.0.0",
      "10.0.0.0/33",
      "256.0.0.0/8",
      "010.0.0.0/8",
      "10.0.0.0/08",
      "10.0.0.0/8 ",
      "::/0",
      "",
    ])
      strictEqual(cidr(text), undefined, text);
    throws(() => mustCidr("10.0.0.1/8"), {
      message: `"10.0.0.1/8" is not an IPv4 prefix such as 10.200.0.0/16`,
    });
  });

  it("is made of its subnets, which follow one another", () =>
    fc.assert(
      fc.property(prefix, fc.integer({ min: 0, max: 6 }), ({ length, text, first }, more) => {
        fc.pre(length + more <= 32);
        const block = mustCidr(text);
        const parts = Array.from({ length: 2 ** more }, (_, index) => subnet(block, length + more, index));
        deepStrictEqual(
          parts.map((part) => part.first),
          parts.map((part, index) => first + index * part.size),
        );
        throws(() => subnet(block, length + more, 2 ** more), RangeError);
      }),
    ));

  it("counts its addresses from either end", () => {
    const block = mustCidr("10.1.2.0/24");
    deepStrictEqual(
      [0, 1, 255, -1, -2].map((offset) => address(block, offset)),
      ["10.1.2.0", "10.1.2.1", "10.1.2.255", "10.1.2.255", "10.1.2.254"],
    );
    throws(() => address(block, 256), { message: "10.1.2.0/24 has no address number 256" });
    throws(() => address(block, -257), RangeError);
  });

  it("overlaps another exactly when one of the two contains the other", () =>
    fc.assert(
      fc.property(prefix, prefix, (a, b) => {
        const [one, two] = [mustCidr(a.text), mustCidr(b.text)];
        strictEqual(overlaps(one, two), contains(one, two) || contains(two, one));
        strictEqual(overlaps(one, two), overlaps(two, one));
      }),
    ));
});
