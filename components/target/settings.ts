import { z } from "zod";
import { cidr, contains, mustCidr } from "../plan/cidr";
import { show } from "../../stacks/scenario/show";

/** What nobody else can have an address in (RFC 1918), or only one's own provider can (RFC 6598). */
export const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(mustCidr);

const block = z.string().superRefine((text, context) => {
  const parsed = cidr(text);
  if (!parsed || parsed.length > 24 || !privateBlocks.some((range) => contains(range, parsed)))
    context.addIssue({
      code: "custom",
      message: `${show(text)} is not a private IPv4 block of at least 256 addresses: use one such as "10.200.0.0/16"`,
      input: text,
    });
});

/** What impairs the links, on every target. */
export const emulator = z
  .enum(["auto", "netem", "nfqueue"])
  .default("auto")
  .describe(
    "What impairs the links: the kernel's netem, buswide's own emulator, or whichever works (netem first).",
  );

/** IPv4 addressing of sites, on every target. */
export const addresses = z
  .strictObject({
    block: block
      .optional()
      .describe(
        "The IPv4 block of all sites and the WAN; default: a free one of 10.128.0.0/9, chosen by the stack's name: a /16, or as much larger as the sites need.",
      ),
    sitePrefix: z
      .int()
      .min(20)
      .max(30)
      .default(26)
      .describe(
        "Prefix length of a site's network; three of its hosts' addresses are the gateway's and Docker's.",
      ),
  })
  .prefault({})
  .describe("IPv4 addressing.");

/** Where gateways of several hosts meet, on every target that has some. */
export const firstPort = z
  .int()
  .min(1024)
  .max(60_000)
  .optional()
  .describe(
    "UDP ports of the hosts from here on are the gateways', one each; default: chosen by the stack's name from 10000 to 31000.",
  );
