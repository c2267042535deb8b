/** Text that may stand in HTML, and in an attribute's quotes. */
export function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A table: a head, and rows of cells; numbers are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number, tag: string) =>
    `<${tag}${/^[+-]?[×\d.]/.test(String(value)) ? ' class="number"' : ""}>${escape(String(value))}</${tag}>`;
  const line = (cells: readonly (string | number)[], tag: string) =>
    `<tr>${cells.map((value) => cell(value, tag)).join("")}</tr>`;
  return `<div class="scroll"><table><thead>${line(head, "th")}</thead><tbody>${rows
    .map((row) => line(row, "td"))
    .join("\n")}</tbody></table></div>`;
}

export function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join("\n")}</ul>`;
}

export function section(id: string, title: string, ...content: readonly string[]): string {
  return `<section id="${id}"><h2>${escape(title)}</h2>\n${content.join("\n")}\n</section>`;
}
