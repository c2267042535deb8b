import { z } from "zod";
import { cidr, contains, mustCidr } from "../../plan/cidr";
import { show } from "../../../stacks/scenario/show";
import { isIpv4 } from "../machines/inventory/host";
import { identityFile } from "../machines/schema";
import { addresses, emulator, firstPort } from "../settings";
import { ownTags } from "./tags";

/** What a cloud's own names are: of flavors, images, networks, keypairs, zones. */
const cloudName = (what: string) =>
  z.string({ error: `expected the name of ${what}` }).min(1, { error: `expected the name of ${what}` });

const user = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, {
  error: (issue) =>
    `${show(issue.input)} is not the name of a user: use the image's own, such as debian, ubuntu or cc`,
});

const prefix = z.string().superRefine((text, context) => {
  const parsed = cidr(text);
  if (!parsed)
    context.addIssue({
      code: "custom",
      message: `${show(text)} is no IPv4 prefix: use one such as 192.0.2.0/24, or 192.0.2.7/32 for one address`,
      input: text,
    });
  else if (parsed.length < 8)
    context.addIssue({
      code: "custom",
      message: `${show(text)} is as good as everybody: name the networks from which you connect, such as 192.0.2.0/24`,
      input: text,
    });
});

/** What Nova takes as a key of metadata, and as a tag: 60 characters (its API). Ours are `name=value`. */
const tagText = z.string().regex(/^[\w.: -]{1,28}$/, {
  error: (issue) =>
    `${show(issue.input)} is no tag: use up to 28 letters, digits, dots, colons, hyphens, underscores and spaces`,
});

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, {
  error: (issue) =>
    `${show(issue.input)} is no reservation's id: use what \`openstack reservation lease show\` tells`,
});

const ipv4 = z.string().refine(isIpv4, {
  error: (issue) => `${show(issue.input)} is no IPv4 address, such as 203.0.113.5`,
});

/** A time as RFC 3339 has it, in UTC. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function isBlock(text: string): boolean {
  const parsed = cidr(text);
  return parsed !== undefined && parsed.length <= 20 && contains(mustCidr("10.0.0.0/8"), parsed);
}

const affinity = z
  .enum(["anti-affinity", "soft-anti-affinity", "affinity", "soft-affinity"])
  .describe(
    "A server group that the instances are in: on different machines of the cloud, on different ones if there are enough, or on one.",
  );

const hints = z
  .record(z.string(), z.string())
  .describe("Further hints for Nova's scheduler, by name, such as { different_host: <id> }.");

const place = {
  image: cloudName("an image, such as debian-12-generic").optional(),
  flavor: cloudName("a flavor, such as m1.small").optional(),
  availabilityZone: cloudName("an availability zone").optional(),
};

const site = z
  .strictObject({
    hosts: z
      .int()
      .min(1)
      .optional()
      .describe(
        "How many instances the sites of a group are dealt over in turn; default: one for each site.",
      ),
    image: place.image.describe("The image; default: `target.image`."),
    flavor: place.flavor.describe("The flavor; default: `target.flavor`."),
    availabilityZone: place.availabilityZone.describe("Where; default: `target.availabilityZone`."),
    affinity: affinity.optional(),
    hints: hints.optional(),
    reservation: uuid.optional().describe("The reservation they are made in; default: the lease's."),
  })
  .describe("The instances of a site, or of the sites of a group.");

const bastion = z
  .strictObject({
    host: z
      .string()
      .regex(/^(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9._-]*(?::\d{1,5})?$/, {
        error: (issue) => `${show(issue.input)} is no host for SSH, such as cc@198.51.100.7`,
      })
      .optional()
      .describe("One that exists, as user@host:port. Absent: one is made, with the only floating IP."),
    from: z
      .array(prefix)
      .refine((list) => list.length > 0, {
        error: "nobody could connect: name the networks from which you do, such as 192.0.2.0/24",
      })
      .superRefine((list, context) => {
        for (const [index, one] of list.entries())
          if (list.indexOf(one) < index)
            context.addIssue({
              code: "custom",
              path: [index],
              message: `${show(one)} is in the list twice: take it out`,
              input: one,
            });
      })
      .describe(
        "IPv4 prefixes from which SSH is let in: to the bastion that is made; with one that exists, to the hosts, from where it is.",
      ),
    image: place.image.describe("The image; default: `target.image`."),
    flavor: place.flavor.describe("The flavor; default: `target.flavor`."),
    availabilityZone: place.availabilityZone.describe("Where; default: `target.availabilityZone`."),
    floatingIp: ipv4
      .optional()
      .describe("A floating IP that the project has already; default: one is allocated, and given back."),
  })
  .superRefine((value, context) => {
    if (value.host === undefined) return;
    for (const setting of ["image", "flavor", "availabilityZone", "floatingIp"] as const)
      if (value[setting] !== undefined)
        context.addIssue({
          code: "custom",
          path: [setting],
          message: `the bastion ${value.host} exists, and is not made: take ${setting} out, or take host out`,
          input: value[setting],
        });
  })
  .describe("The one instance that is reached from outside, by which all hosts are reached.");

const ssh = z
  .strictObject({
    user: user.describe("The image's user who is given the key: debian, ubuntu, cc."),
    identityFile: identityFile
      .optional()
      .describe("The private key's file, from / or ~; default: as OpenSSH is set up, the agent's."),
    keypair: cloudName("a keypair").optional().describe("A keypair that the cloud has."),
    publicKey: z
      .string()
      .regex(/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( .*)?$/, {
        error: (issue) =>
          `${show(issue.input)} is no public key: use the line of a file such as ~/.ssh/id_ed25519.pub`,
      })
      .optional()
      .describe(
        "A public key, of which a keypair is made: the line of a file such as ~/.ssh/id_ed25519.pub.",
      ),
  })
  .superRefine((value, context) => {
    if ((value.keypair === undefined) !== (value.publicKey === undefined)) return;
    context.addIssue({
      code: "custom",
      message:
        value.keypair === undefined
          ? "nobody would have a key: name a keypair that the cloud has, or give a publicKey to make one of"
          : "one of keypair and publicKey is the key: take the other one out",
      input: value,
    });
  })
  .describe("How instances are reached, by the OpenSSH client.");

const budget = z
  .strictObject({
    cores: z.int().min(1).describe("The most cores that all instances have together."),
    flavors: z
      .record(z.string(), z.int().min(1))
      .describe("The flavors that may be used, each with its cores: { m1.small: 1 }."),
  })
  .describe("What instances may take; the cloud is asked whether its flavors have these cores.");

const lease = z
  .strictObject({
    ends: z
      .string()
      .refine(isTime, {
        error: (issue) => `${show(issue.input)} is no time in UTC, such as "2027-03-01T18:00:00Z"`,
      })
      .describe("When all is to be gone: a time in UTC, noted on everything that is made."),
    reservation: uuid
      .optional()
      .describe("The reservation that instances are made in, as of a Chameleon lease (Blazar): its id."),
  })
  .describe("What limits how long things are kept. buswide removes nothing by itself.");

/** An OpenStack cloud, in which the hosts are made as well. */
export const openstackTargetSchema = z
  .strictObject({
    kind: z.literal("openstack"),
    cloud: cloudName("an entry of clouds.yaml")
      .optional()
      .describe(
        "The entry of clouds.yaml with the credentials; default: $OS_CLOUD, else the other variables of openrc.",
      ),
    region: cloudName("a region").optional().describe("The region; default: the credentials'."),
    deploy: z
      .enum(["all", "hosts"])
      .default("all")
      .describe(
        "hosts: networks and instances alone, to be looked at or to be had before a campaign; nobody connects to them, and nothing is measured.",
      ),
    image: cloudName("an image, such as debian-12-generic").describe("The image of instances, by its name."),
    flavor: cloudName("a flavor, such as m1.small").describe("The flavor of instances, by its name."),
    availabilityZone: place.availabilityZone.describe("Where instances are made; default: as Nova sees fit."),
    external: cloudName("an external network")
      .optional()
      .describe("The external network, for routers and the floating IP."),
    network: cloudName("a network")
      .optional()
      .describe(
        "A network that exists, on which every host has its one port, as Chameleon's sharednet1; default: a network that joins the hosts, and one with a router for each host, are made.",
      ),
    block: z
      .string()
      .refine(isBlock, {
        error: (issue) =>
          `${show(issue.input)} is no block of 10.0.0.0/8 of at least 4096 addresses: use one such as 10.64.0.0/16`,
      })
      .default("10.64.0.0/16")
      .describe("The IPv4 block of the networks that are made in the cloud."),
    dns: z.array(ipv4).default([]).describe("Name servers of instances; default: the cloud's."),
    ssh,
    bastion,
    sites: z
      .record(z.string(), site)
      .default({})
      .describe("By site or group of sites: what its instances are."),
    affinity: affinity.optional(),
    packages: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/i))
      .default(["docker.io", "openssh-server", "chrony"])
      .describe(
        "The distribution's packages that an instance installs at its first boot: a Docker Engine, and what keeps its clock.",
      ),
    tags: z
      .record(tagText, tagText)
      .superRefine((tags, context) => {
        for (const name of Object.keys(tags))
          if (name.startsWith(ownTags))
            context.addIssue({
              code: "custom",
              path: [name],
              message: `"${name}" is one of buswide's own, by which it finds what it has made: call it otherwise`,
              input: tags[name],
            });
      })
      .default({})
      .describe("Tags of everything that is made, for whoever pays, besides the stack's: { project: p17 }."),
    lease: lease.optional(),
    budget: budget.optional(),
    mtu: z
      .int()
      .min(1280)
      .max(8950)
      .default(1390)
      .describe(
        "Longest packet of sites and links, bytes. Between hosts a packet takes 50 more, which the network that joins them is asked for: one of Geneve (OVN) carries 1442, one of VXLAN 1450.",
      ),
    firstPort,
    emulator,
    addresses,
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string, input?: unknown) =>
      context.addIssue({ code: "custom", path, message, input });
    const made = value.bastion.host === undefined;
    if (value.network === undefined && !made)
      refuse(
        ["bastion", "host"],
        `${value.bastion.host} is not on the networks that are made: name the network that it reaches as target.network, or take host out to have a bastion made`,
        value.bastion.host,
      );
    if (
      value.external === undefined &&
      (value.network === undefined || (made && value.bastion.floatingIp === undefined))
    )
      refuse(
        ["external"],
        `expected the name of an external network, for ${value.network === undefined ? "routers and the floating IP" : "the floating IP"}: see \`openstack network list --external\``,
      );
  })
  .describe("An OpenStack cloud: networks, routers and instances are made there, and sites on them.");
export type OpenstackTarget = z.infer<typeof openstackTargetSchema>;
