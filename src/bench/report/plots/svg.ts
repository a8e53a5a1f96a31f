/** Shared functions of plots: escaping, scales, ticks, the frame. They return markup. */

/** The width of plots in SVG units; scaled to the page. */
export const WIDTH = 600;

/** Escapes text for HTML or SVG content and attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Plot {
  /** A short title. */
  title: string;
  /** A description for readers who cannot see it. */
  summary: string;
  height: number;
  body: string;
  /** The same figures as a table. */
  table: { head: string[]; rows: string[][] };
}

let lastId = 0;

/** A plot as a figure: the drawing with title and description, and its figures as a collapsible table. */
export function figure(plot: Plot): string {
  const id = `plot-${(lastId += 1)}`;
  const cells = (tag: string, row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const scope = tag === "th" ? ' scope="col"' : "";
        return index === 0 && tag === "td"
          ? `<th scope="row">${escapeHtml(cell)}</th>`
          : `<${tag}${scope}>${escapeHtml(cell)}</${tag}>`;
      })
      .join("");
  return `<figure class="plot">
<figcaption>${escapeHtml(plot.title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${plot.height}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${escapeHtml(plot.title)}</title><desc id="${id}-summary">${escapeHtml(plot.summary)}</desc>
${plot.body}</svg>
<details><summary>The figures as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(plot.title)}: figures"><table><thead><tr>${cells("th", plot.table.head)}</tr></thead>
<tbody>${plot.table.rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n")}</tbody></table></div></details>
</figure>`;
}

export type Scale = (value: number) => number;

/** Maps [from, to] to [start, end] of the drawing. */
export function linear(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** A logarithmic scale; values must be positive. */
export function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const inner = linear(Math.log(from), Math.log(to), start, end);
  return (value) => inner(Math.log(value));
}

/** About `count` round numbers from `from` to `to`. */
export function ticks(from: number, to: number, count = 6): number[] {
  const rough = (to - from) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const values: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-9; value += step)
    values.push(value);
  return values;
}

/** 1, 2, 5, 10, ... within [from, to]; only powers of ten if there would be too many. */
export function logarithmicTicks(from: number, to: number): number[] {
  const decades = Math.log10(to / from);
  const factors = decades > 4 ? [1] : decades > 1.5 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power++) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= from * 0.999 && value <= to * 1.001) values.push(value);
    }
  }
  return values;
}

export function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeHtml(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`;
}

/** A bar; `hint` is its tooltip. */
export function bar(x: number, y: number, width: number, height: number, kind: string, hint: string): string {
  const size = `x="${round(x)}" y="${round(y)}" width="${round(Math.max(width, 0))}" height="${round(Math.max(height, 0))}"`;
  return `<rect ${size} class="${kind}"><title>${escapeHtml(hint)}</title></rect>`;
}

export function dot(x: number, y: number, kind: string, hint: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" class="${kind}"><title>${escapeHtml(hint)}</title></circle>`;
}

/** A horizontal axis at `y` with its grid lines up to `top`. */
export function horizontalAxis(
  scale: Scale,
  at: readonly number[],
  y: number,
  top: number,
  label: (value: number) => string,
): string {
  return at
    .map(
      (value) =>
        line(scale(value), top, scale(value), y, "grid") +
        text(scale(value), y + 16, label(value), 'class="tick" text-anchor="middle"'),
    )
    .join("\n");
}

/** A legend above the drawing. */
export function legend(names: readonly string[], x: number, y: number): string {
  let left = x;
  return names
    .map((name, index) => {
      const entry = `${bar(left, y - 9, 11, 11, `series-${index % 8}`, name)}${text(left + 16, y, name, 'class="tick"')}`;
      left += 34 + name.length * 6.6;
      return entry;
    })
    .join("");
}

export function shorten(content: string, length: number): string {
  return content.length <= length ? content : `${content.slice(0, length - 1)}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
