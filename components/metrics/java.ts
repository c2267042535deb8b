import { stringify } from "yaml";

/** Where a broker in Java tells figures of its management beans, by JMX Exporter in its Java. */
export const javaFiguresPort = 9404;

/** The file that says to JMX Exporter which beans are read; the image's start brings it in where there is one. */
export const javaFiguresFile = "/etc/buswide/figures.yml";

/** A bean whose attributes are figures. */
export interface FiguresBean {
  /** As Java names it, whole. */
  readonly bean: string;
  /** Each attribute to what it is called as a figure. */
  readonly attributes: Readonly<
    Record<string, { readonly name: string; readonly kind: "COUNTER" | "GAUGE" }>
  >;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * What JMX Exporter is told (https://prometheus.github.io/jmx_exporter/1.0.1/configuration/): which beans to read, and what to call
 * those of their attributes that are of interest. Figures of Java itself it tells anyway.
 */
export function renderJavaFigures(beans: readonly FiguresBean[]): string {
  const told = {
    includeObjectNames: beans.map(({ bean }) => bean),
    rules: beans.flatMap(({ bean, attributes, labels }) =>
      Object.entries(attributes).map(([attribute, { name, kind }]) => ({
        pattern: patternOf(bean, attribute),
        name,
        type: kind,
        ...(labels === undefined ? {} : { labels }),
      })),
    ),
  };
  // Patterns are of one line.
  return stringify(told, { lineWidth: 0 });
}

/** An attribute as the exporter writes it to look for rules, to the end of its name: `domain<key=value, key=value><>attribute: value`. */
function patternOf(bean: string, attribute: string): string {
  const [domain = "", keys = ""] = bean.split(":");
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `${literal(domain)}<${literal(keys.split(",").join(", "))}><>${literal(attribute)}: `;
}

/** The file of a broker that is asked for figures; none where nobody is to ask. */
export function javaFiguresFiles(
  { scraped }: { readonly scraped?: readonly unknown[] },
  beans: readonly FiguresBean[],
): { readonly path: string; readonly content: string }[] {
  return scraped === undefined ? [] : [{ path: javaFiguresFile, content: renderJavaFigures(beans) }];
}
