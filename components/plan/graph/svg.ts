import { DOMImplementation, XMLSerializer, type Document, type Element } from "@xmldom/xmldom";
import { allAskedLines, deviationLines, horizontal, measuredLines, trafficLines } from "./figures";
import { bandOfPattern } from "./legend";
import type { Picture, PictureService } from "./picture";
import {
  fontSizes,
  layOutScene,
  legendRowHeight,
  summaryOf,
  type Scene,
  type SceneFlow,
  type SceneLink,
} from "./scene";
import { serviceBaseline, serviceIndent, type PlacedSite } from "./sites";
import { styleSheet } from "./style";
import { lineHeight } from "./text";

const namespace = "http://www.w3.org/2000/svg";

/** How long the head of an arrow is, pixels. */
const arrowHead = 7;

type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * Draws a plan as SVG (SVG 1.1, with a style sheet for light and dark surroundings): nothing outside the file is
 * needed. Every site and link has a title, which browsers show when pointed at and screen readers read.
 */
export function renderSvg(picture: Picture): string {
  return new Drawing(layOutScene(picture), picture).toString();
}

class Drawing {
  readonly #document: Document;
  readonly #root: Element;

  constructor(
    readonly scene: Scene,
    picture: Picture,
  ) {
    this.#document = new DOMImplementation().createDocument(namespace, "svg", null);
    const root = this.#document.documentElement;
    if (!root) throw new Error("the XML library made a document without its root");
    this.#root = root;
    const { width, height } = scene.size;
    // A list of identities is one of words.
    const name = picture.title.replace(/[^\w-]+/g, "-");
    const ids = ["title", "description"].map((part) => `buswide-${name}-${part}`);
    this.#set(root, {
      class: "buswide-graph",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-labelledby": ids.join(" "),
    });
    this.#add(root, "title", { id: ids[0] }, `Topology of ${picture.title}`);
    const description = [picture.description, summaryOf(picture)].filter(Boolean).join(" ");
    this.#add(root, "desc", { id: ids[1] }, description);
    this.#add(root, "style", {}, styleSheet);
    this.#add(root, "rect", { class: "paper", width, height });
    this.#header();
    const layers = ["links", "flows", "sites", "figures", "names"].map((layer) =>
      this.#add(root, "g", { class: layer }),
    );
    const [links = root, flows = root, sites = root, figures = root, names = root] = layers;
    for (const link of scene.links) this.#link(link, links, figures);
    for (const flow of scene.flows) this.#flow(flow, flows);
    for (const site of scene.sites) this.#site(site, sites, names);
    this.#legend();
  }

  toString(): string {
    return `${new XMLSerializer().serializeToString(this.#document)}\n`;
  }

  #header(): void {
    const { title, lines, origin } = this.scene.header;
    const group = this.#add(this.#root, "g", { class: "header" });
    this.#add(group, "text", { class: "heading", x: origin.x, y: origin.y + fontSizes.title * 0.8 }, title);
    lines.forEach((line, index) =>
      this.#add(
        group,
        "text",
        {
          class: "muted",
          x: origin.x,
          y: origin.y + fontSizes.title * 1.3 + (index + 0.9) * fontSizes.description * lineHeight,
          "font-size": fontSizes.description,
        },
        line,
      ),
    );
  }

  #link(drawn: SceneLink, lines: Element, figures: Element): void {
    const { link, from, to, via, label, band, weight, isBeyondTolerance, losesPackets } = drawn;
    const classes = [
      "link",
      ...(band === undefined ? [] : [`band-${band}`]),
      ...(losesPackets ? ["lossy"] : []),
      ...(weight === undefined ? [] : [`weight-${weight}`]),
      ...(isBeyondTolerance ? ["beyond"] : []),
    ];
    const group = this.#add(lines, "g", { class: classes.join(" "), "data-link": link.name });
    const about = [
      `${link.between[0]} → ${link.between[1]}`,
      ...allAskedLines(link, horizontal),
      ...measuredLines(link, horizontal),
      ...deviationLines(link),
      ...trafficLines(link, horizontal),
      ...(link.traffic?.details ?? []),
    ];
    this.#add(group, "title", {}, about.join("\n"));
    const way = via ? `Q${round(via.x)} ${round(via.y)} ` : "L";
    const d = `M${round(from.x)} ${round(from.y)}${way}${round(to.x)} ${round(to.y)}`;
    // A thin line is hard to point at.
    this.#add(group, "path", { class: "reach", d });
    this.#add(group, "path", { class: "wire", d });
    if (!label) return;
    const { box } = label;
    const text = this.#add(figures, "g", { class: "label", "data-of": link.name });
    this.#add(text, "rect", { ...corner(box, 2), rx: 3 });
    label.lines.forEach((line, index) =>
      this.#add(
        text,
        "text",
        { class: line.kind, x: box.x, y: baseline(box, index, fontSizes.small), "text-anchor": "middle" },
        line.text,
      ),
    );
  }

  /** A curve from one service to another, and a head that says which way. */
  #flow({ flow, from, to, leaves, comes }: SceneFlow, parent: Element): void {
    const classes = `flow band-${bandOfPattern(flow.pattern)}`;
    const group = this.#add(parent, "g", {
      class: classes,
      "data-flow": `${flow.from} ${flow.to} ${flow.pattern}`,
    });
    const about = [`${flow.pattern}: ${flow.from} → ${flow.to}`, ...flow.details];
    this.#add(group, "title", {}, about.join("\n"));
    // Curves that lie on one side of both of their ends must not leave the drawing.
    const reach = leaves === comes ? 28 : Math.max(30, Math.abs(to.x - from.x) / 2);
    const end = to.x + comes * arrowHead;
    const d =
      `M${from.x} ${from.y}C${round(from.x + leaves * reach)} ${from.y} ` +
      `${round(end + comes * reach)} ${to.y} ${round(end)} ${to.y}`;
    this.#add(group, "path", { class: "reach", d });
    this.#add(group, "path", { class: "wire", d });
    this.#add(group, "path", {
      class: "head",
      d: `M${to.x} ${to.y}L${round(end)} ${to.y - 3}L${round(end)} ${to.y + 3}Z`,
    });
  }

  #site({ site, mark, name, lines }: PlacedSite, sites: Element, names: Element): void {
    const classes = [
      "site",
      ...(site.hasBroker ? ["broker"] : []),
      // Fills the dot of a site: what is drawn for agents is drawn for whatever else is there.
      ...(site.services.some(({ kind }) => kind !== "gateway" && kind !== "broker") ? ["agents"] : []),
    ];
    const group = this.#add(sites, "g", { class: classes.join(" "), "data-site": site.name });
    const place = site.at ? ` at ${site.at.join(", ")}` : "";
    this.#add(
      group,
      "title",
      {},
      `${site.name}${place}\n${site.services.map((service) => service.name).join(", ")}`,
    );
    if (this.scene.style === "dots") {
      this.#add(group, "circle", { class: "dot", cx: mark.x, cy: mark.y, r: mark.width / 2 });
      if (!name) return;
      const { box, readsInwards } = name;
      const isTurned = box.degrees !== undefined;
      const half = isTurned ? (readsInwards ? box.width / 2 : -box.width / 2) : 0;
      this.#add(
        names,
        "text",
        {
          class: site.hasBroker ? "name strong" : "name",
          "data-of": site.name,
          x: round(box.x + half * Math.cos(((box.degrees ?? 0) * Math.PI) / 180)),
          y: round(box.y + half * Math.sin(((box.degrees ?? 0) * Math.PI) / 180)),
          "text-anchor": isTurned ? (readsInwards ? "end" : "start") : "middle",
          "dominant-baseline": "central",
          transform: isTurned ? turn(box.degrees ?? 0, box, half) : undefined,
        },
        site.name,
      );
      return;
    }
    const { x, y, width, height } = corner(mark, 0);
    this.#add(group, "rect", { class: "box", x, y, width, height, rx: 7 });
    const middle = mark.x;
    const nameLine = y + 7 + fontSizes.name * 0.95;
    this.#add(
      group,
      "text",
      { class: "site-name", x: middle, y: round(nameLine), "text-anchor": "middle" },
      site.name,
    );
    lines.forEach((line, index) => {
      const lineY = round(serviceBaseline(mark, index));
      if (this.scene.style === "names") {
        this.#add(group, "text", { class: "service", x: middle, y: lineY, "text-anchor": "middle" }, line);
        return;
      }
      this.#sign(group, site.services[index]?.kind ?? "broker", x + 16, lineY - 4);
      this.#add(group, "text", { class: "service", x: x + 10 + serviceIndent, y: lineY }, line);
    });
  }

  /** A diamond for the gateway, a square for agents and tools, a disc for the bus, a ring for OpenStack's services. */
  #sign(group: Element, kind: PictureService["kind"], x: number, y: number): void {
    if (kind === "gateway")
      this.#add(group, "path", {
        class: "sign",
        d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`,
      });
    else if (kind === "agents" || kind === "tool")
      this.#add(group, "rect", { class: "sign", x: x - 4, y: y - 4, width: 8, height: 8 });
    else
      this.#add(group, "circle", { class: kind === "broker" ? "sign full" : "sign", cx: x, cy: y, r: 4.5 });
  }

  #legend(): void {
    const { rows, origin } = this.scene.legend;
    const group = this.#add(this.#root, "g", { class: "legend" });
    rows.forEach(({ sign, text }, index) => {
      const y = origin.y + index * legendRowHeight;
      const middle = origin.x + 13;
      if (sign.kind === "broker" || sign.kind === "agents" || sign.kind === "site")
        this.#add(this.#add(group, "g", { class: `site ${sign.kind}` }), "circle", {
          class: "dot",
          cx: middle,
          cy: y,
          r: { broker: 8, agents: 5.5, site: 4 }[sign.kind],
        });
      else if (sign.kind === "good" || sign.kind === "bad")
        this.#add(
          group,
          "text",
          { class: sign.kind, x: middle, y: y + 4, "text-anchor": "middle" },
          sign.kind === "good" ? "✓" : "✗",
        );
      else if (sign.kind !== "text") {
        const kind = sign.kind === "band" ? `band-${sign.band}` : sign.kind;
        const line = this.#add(group, "g", { class: `link ${kind}` });
        this.#add(line, "line", { class: "wire", x1: origin.x, y1: y, x2: origin.x + 26, y2: y });
      }
      const indent = sign.kind === "text" ? 0 : 36;
      this.#add(group, "text", { class: "muted", x: origin.x + indent, y: y + 4 }, text);
    });
  }

  #add(parent: Element, name: string, attributes: Attributes, text?: string): Element {
    const element = this.#document.createElementNS(namespace, name);
    this.#set(element, attributes);
    if (text !== undefined) element.appendChild(this.#document.createTextNode(text));
    parent.appendChild(element);
    return element;
  }

  #set(element: Element, attributes: Attributes): void {
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined)
        element.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
  }
}

function corner(box: { x: number; y: number; width: number; height: number }, gap: number) {
  return {
    x: round(box.x - box.width / 2 - gap),
    y: round(box.y - box.height / 2 - gap),
    width: round(box.width + 2 * gap),
    height: round(box.height + 2 * gap),
  };
}

function baseline(box: { y: number; height: number }, line: number, fontSize: number): number {
  return box.y - box.height / 2 + (line + 0.8) * fontSize * lineHeight;
}

function turn(degrees: number, box: { x: number; y: number }, half: number): string {
  const angle = (degrees * Math.PI) / 180;
  return `rotate(${round(degrees)} ${round(box.x + half * Math.cos(angle))} ${round(box.y + half * Math.sin(angle))})`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
