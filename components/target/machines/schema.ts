import { z } from "zod";
import { show } from "../../../stacks/scenario/show";
import { addresses, emulator, firstPort } from "../settings";
import { inventoryFormats, readInventory, type InventoryHost } from "./inventory";
import { isIpv4 } from "./inventory/host";

const hostPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,253}$/;
const jumpPattern = /^(?:[A-Za-z0-9_][\w.@-]*@)?[A-Za-z0-9][A-Za-z0-9._-]*(?::\d{1,5})?$/;

function matching(pattern: RegExp, expected: string) {
  const error = (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? `expected ${expected}` : `${show(issue.input)} is not ${expected}`;
  return z.string({ error }).regex(pattern, { error });
}

/** What a host is called. Networks and resources are named after it. */
const hostName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  "a host's name: up to 63 letters, digits, dots, hyphens and underscores",
);

/** What is said of a group in the place of one of its hosts is a group's name, as the inventory has it. */
const groupName = matching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/, "the name of a host or of a group of hosts");

const user = matching(/^[A-Za-z_][\w.@-]{0,63}$/, "the name of a user");
const port = z.int().min(1).max(65_535);
/** What the client would read as something else is in no key's name. */
export const identityFile = matching(
  /^[/~][^"\\%\r\n]*$/,
  'the path of a private key, from / or ~, without ", %, backslashes and line ends',
);
const address = z
  .string()
  .refine(isIpv4, { error: (issue) => `${show(issue.input)} is no IPv4 address, such as 10.0.0.5` });
const jump = z
  .union([
    matching(jumpPattern, "a host that is passed on the way, such as login@access.example.org:22"),
    z.array(matching(jumpPattern, "a host that is passed on the way, such as login@access.example.org:22")),
  ])
  .transform((value) => (typeof value === "string" ? [value] : value));

const host = z
  .strictObject(
    {
      host: matching(hostPattern, "a host's name or IPv4 address, for SSH")
        .optional()
        .describe("What SSH connects to: a name or an IPv4 address; default: the host's name here."),
      user: user.optional().describe("The user there, who may use Docker; default: `ssh.user`."),
      port: port.optional().describe("SSH's port; default: `ssh.port`."),
      identityFile: identityFile
        .optional()
        .describe("The private key's file, from / or ~; default: `ssh.identityFile`."),
      jump: jump
        .optional()
        .describe(
          "Hosts passed on the way, `user@host:port` each, the first one first; default: `ssh.jump`.",
        ),
      address: address
        .optional()
        .describe(
          "The IPv4 address at which the other hosts reach it, over which links are made; default: the inventory's, else that of the interface that its default route takes.",
        ),
      groups: z
        .array(groupName)
        .optional()
        .describe("Groups that it is in, besides those that the inventory has it in."),
    },
    {
      error: (issue) =>
        issue.code === "invalid_type"
          ? "expected {} for a host that SSH knows by its name, or { host: 10.0.0.5, user: root }"
          : undefined,
    },
  )
  .describe("How a host is reached.");

/** What an inventory says of a host is what a scenario may say of it. */
const toldOfHost = z.object({
  user: user.optional(),
  port: z
    .unknown()
    .refine((value) => port.safeParse(value).success, {
      error: (issue) => `${show(issue.input)} is no port: use 1 to 65535`,
    })
    .optional(),
  identityFile: identityFile.optional(),
  address: address.optional(),
});

/** An inventory as parsed: the hosts in its file, and how it was written. */
export interface ReadInventory {
  readonly format: (typeof inventoryFormats)[number];
  readonly file: string;
  readonly hosts: readonly InventoryHost[];
}

/**
 * What another tool says of hosts: a format and a file's name, which {@link readScenarioFiles} replaces by name and text
 * before a scenario is parsed.
 */
const inventory = z
  .strictObject({
    format: z
      .enum(inventoryFormats)
      .describe(
        "ansible: an inventory, INI, YAML or of `ansible-inventory --list`. ssh-config: what `vagrant ssh-config` prints. grid5000: the file of $OAR_NODE_FILE, or a job of `oarstat -J` or the API. openstack: `openstack server list -f json`, as of Chameleon.",
      ),
    file: z
      .union([
        z.string().describe("The file's path from the scenario's."),
        z
          .strictObject({
            file: z.string().describe("Where the text came from."),
            text: z.string().describe("What the file says."),
          })
          .describe("The file as read."),
      ])
      .describe("The file, by its path from the scenario's."),
  })
  .transform(({ format, file }, context): ReadInventory => {
    const refuse = (message: string) =>
      context.addIssue({ code: "custom", path: ["file"], message, input: file });
    if (typeof file === "string") {
      refuse(`${show(file)} was not read: give a file beside the scenario, or { file, text } with its text`);
      return z.NEVER;
    }
    const { hosts, problems } = readInventory(format, file.text, file.file);
    for (const problem of problems) refuse(`${file.file}: ${problem}`);
    for (const told of hosts) {
      const { name, host: place = name, jump: way = [] } = told;
      for (const issue of hostName.safeParse(name).error?.issues ?? [])
        refuse(`${file.file}: ${issue.message}`);
      for (const issue of toldOfHost.safeParse(told).error?.issues ?? [])
        refuse(`${file.file}: ${name}: ${issue.message}`);
      if (!hostPattern.test(place))
        refuse(`${file.file}: ${name}: ${show(place)} is no name or IPv4 address`);
      for (const one of way)
        if (!jumpPattern.test(one)) refuse(`${file.file}: ${name}: ${show(one)} is no host on the way to it`);
    }
    return { format, file: file.file, hosts };
  })
  .describe("Hosts from a file of another tool.");

const place = z
  .union([groupName, z.array(groupName).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value));

/** Hosts that are there, reached by SSH: a testbed's, virtual machines, a lab. */
export const machinesTargetSchema = z
  .strictObject({
    kind: z.literal("machines"),
    hosts: z
      .record(hostName, host)
      .default({})
      .describe("Hosts by name; of those that the inventory has too, what goes before what it says."),
    inventory: inventory.optional(),
    ssh: z
      .strictObject({
        user: user.optional().describe("The user on every host; default: as OpenSSH is set up."),
        port: port.optional().describe("SSH's port on every host; default: as OpenSSH is set up."),
        identityFile: identityFile
          .optional()
          .describe(
            "The private key's file for every host, from / or ~; default: as OpenSSH is set up, the agent's.",
          ),
        jump: jump
          .optional()
          .describe("Hosts passed on the way to every host, `user@host:port` each, the first one first."),
        hostKeys: z
          .enum(["known", "new", "any"])
          .default("known")
          .describe(
            "Which hosts are trusted. known: as OpenSSH is set up. new: also those that were never seen, whose keys are kept. any: all, for hosts that are made anew for each experiment in a network that is trusted.",
          ),
      })
      .prefault({})
      .describe("How hosts are reached that do not say it themselves, by the OpenSSH client."),
    sites: z
      .record(z.string(), place)
      .default({})
      .describe(
        "Site, or group of sites, to hosts or groups of hosts, over which its sites are dealt in turn; default: the host or the group of its own name.",
      ),
    mtu: z
      .int()
      .min(1280)
      .max(8950)
      .default(1450)
      .describe(
        "Longest packet of sites and links, bytes. Between hosts a packet takes 50 more, which every interface on the way must carry.",
      ),
    firstPort,
    emulator,
    addresses,
  })
  .describe("Hosts reached by SSH, each with a Docker Engine: a testbed's, virtual machines, a lab.");
export type MachinesTarget = z.infer<typeof machinesTargetSchema>;
