import { allAskedLines, horizontal, measuredLines } from "./figures";
import { groupLeaves, namesInShort, type Leaves } from "./leaves";
import { pathLines } from "./pathLines";
import type { Picture, PictureLink, PicturePaths, PictureSite } from "./picture";
import { besidesGateway } from "./services";

/** Up to so many sites, gateways and services are nodes of their own: of more, Mermaid makes tall boxes far apart. */
const mostWithServices = 8;
/** Up to so many sites, each is a node of its own: of more, those at the ends of like links are drawn as one. */
const mostAlone = 12;
/** Up to so many services of a site stand in one line. */
const mostInLine = 4;
/** Closer than Mermaid's own, so that many sites are on a screen together. */
const spacing = ["config:", "  flowchart:", "    nodeSpacing: 14", "    rankSpacing: 70", "    padding: 8"];

/**
 * Draws a plan as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), which many forges and editors
 * show where they show Markdown. Sites are boxes with their gateway and services, links lead from gateway to gateway.
 */
export function renderMermaid(picture: Picture): string {
  const ids = new Map(picture.sites.map(({ name }, index) => [name, `s${index}`]));
  const id = (name: string) => ids.get(name) ?? "";
  const detailed = picture.sites.length <= mostWithServices;
  const gateway = (name: string) => (detailed ? `${id(name)}g` : id(name));
  const leaves = picture.sites.length > mostAlone ? groupLeaves(picture) : [];
  const grouped = new Set<PictureSite | PictureLink>(
    leaves.flatMap(({ sites, links }) => [...sites, ...links]),
  );
  const links = picture.links.filter((link) => !grouped.has(link));
  const beyond = links.flatMap(({ measured }, index) =>
    measured && measured.deviations.length > 0 ? [index] : [],
  );
  return [
    "---",
    `title: ${JSON.stringify(picture.title)}`,
    ...(detailed ? [] : spacing),
    "---",
    "flowchart LR",
    `  accTitle: Topology of ${picture.title}`,
    ...picture.sites
      .filter((site) => !grouped.has(site))
      .flatMap((site) => (detailed ? siteLines(site, id(site.name)) : [siteLine(site, id(site.name))])),
    ...leaves.map((group, index) => leavesLine(group, `l${index}`)),
    ...links.map(
      (link) => `  ${gateway(link.between[0])} ---|"${figuresOf(link)}"| ${gateway(link.between[1])}`,
    ),
    ...leaves.map((group, index) => leavesLink(group, id(group.neighbour), `l${index}`)),
    ...(beyond.length > 0 ? [`  linkStyle ${beyond.join(",")} stroke:#c01f1f,stroke-width:3px`] : []),
    ...(picture.paths ? [pathsNode(picture.paths)] : []),
    "",
  ].join("\n");
}

/** Like sites in one node, with round ends. */
function leavesLine({ sites }: Leaves, id: string): string {
  const services = sites[0] ? besidesGateway(sites[0]) : [];
  const names = namesInShort(
    sites.map(({ name }) => name),
    4,
  );
  const count = `${sites.length} sites${services.length > 0 ? `, each with ${services.join(", ")}` : ""}`;
  return `  ${id}(["${names}<br/>${count}"])`;
}

/** Their links, which are alike, in the direction in which they were made. */
function leavesLink({ links, neighbour }: Leaves, neighbourId: string, id: string): string {
  const [first] = links;
  if (!first) return "";
  const measured = first.measured ? [`✓ all ${links.length}`] : [];
  const text = [...allAskedLines(first, horizontal), ...measured].join("<br/>");
  const [from, to] = first.between[0] === neighbour ? [neighbourId, id] : [id, neighbourId];
  return `  ${from} ---|"${text}"| ${to}`;
}

/** Up to so many paths are listed. */
const mostPaths = 12;

/** A box of its own with what was measured over several links. */
function pathsNode(paths: PicturePaths): string {
  const { summary, lines } = pathLines(paths, mostPaths);
  const texts = lines.map(({ text, isBeyondTolerance }) => `${isBeyondTolerance ? "✗" : "✓"} ${text}`);
  return `  paths["${[summary, ...texts].join("<br/>")}"]`;
}

function siteLines({ name, services }: PictureSite, id: string): string[] {
  const nodes = services.map(({ name: service, kind }, index) =>
    kind === "gateway" ? `${id}g{{"gateway"}}` : `${id}x${index}["${service}"]`,
  );
  return [`  subgraph ${id}["${name}"]`, ...nodes.map((node) => `    ${node}`), "  end"];
}

function siteLine(site: PictureSite, id: string): string {
  const { name, hasBroker } = site;
  const text = [name, ...inLines(besidesGateway(site))].join("<br/>");
  return `  ${id}${hasBroker ? `[["${text}"]]` : `["${text}"]`}`;
}

/** Services of a site, not so many in a line that its box becomes a wall. */
function inLines(services: readonly string[]): string[] {
  const count = Math.ceil(services.length / mostInLine);
  return Array.from({ length: count }, (_, line) =>
    services.slice(line * mostInLine, (line + 1) * mostInLine).join(", "),
  );
}

function figuresOf(link: PictureLink): string {
  return [...allAskedLines(link, horizontal), ...measuredLines(link, horizontal)].join("<br/>");
}
