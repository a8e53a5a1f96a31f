import type { Alternative, Origin, Token } from "./answerEvents.js";
import { element } from "./dom.js";
import { Layout } from "./layout.js";

type Sentence = readonly (Node | string)[];

const SENTENCES: Readonly<Record<Origin, (token: Token) => Sentence>> = {
  sampled: ({ logprob }) => [`Sampled. The model gave it ${percent(logprob)}.`],
  changed: ({ top_logprobs: [first] = [] }) => [
    "Changed. The model would have said ",
    element("code", { class: "ruled-out" }, visible(first?.token ?? "")),
    ` (${percent(first?.logprob)}), which is not allowed here.`,
  ],
  forced: () => ["Forced. Nothing else was possible, so the model was not asked."],
  closed: () => ["Closing. Written to end the document within the token limit."],
};

/**
 * Displays an answer as tokens. It is one tab stop: arrow keys move between tokens, and `inspector` shows the model's probabilities for
 * the token under the pointer or with the focus.
 */
export class TokenView {
  private readonly root: HTMLElement;
  private readonly inspector: HTMLElement;
  private readonly tokens: Token[] = [];
  private readonly spans: HTMLElement[] = [];
  private layout: Layout | undefined;
  private current = 0;

  constructor(root: HTMLElement, inspector: HTMLElement) {
    this.root = root;
    this.inspector = inspector;
    root.addEventListener("pointerover", (event) => this.inspect(this.indexOf(event.target)));
    root.addEventListener("focusin", (event) => this.inspect(this.indexOf(event.target)));
    root.addEventListener("click", (event) => this.focus(this.indexOf(event.target)));
    root.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Starts another answer; `isJson`: it is displayed in lines. */
  clear(isJson: boolean): void {
    this.tokens.length = 0;
    this.spans.length = 0;
    this.current = 0;
    this.layout = isJson ? new Layout() : undefined;
    this.root.replaceChildren();
    this.inspector.replaceChildren();
  }

  get text(): string {
    return this.tokens.map(({ text }) => text).join("");
  }

  add(token: Token): void {
    // An incomplete part of a character is displayed with the token that completes it.
    if (token.text === "") return;
    const index = this.tokens.push(token) - 1;
    const span = element("span", {
      class: `token ${token.origin ?? ""}`.trim(),
      "data-index": String(index),
      tabindex: index === this.current ? "0" : "-1",
    });
    const pieces = this.layout?.push(token.text) ?? [{ text: token.text, breakBefore: undefined }];
    for (const { text, breakBefore } of pieces) {
      // Line breaks are generated content, so the text, read or copied, remains the model's.
      if (breakBefore !== undefined) span.append(element("i", { "data-break": lineBreak(breakBefore) }));
      span.append(text);
    }
    this.spans.push(span);
    this.root.append(span);
  }

  private indexOf(target: EventTarget | null): number {
    const span = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
    return span === null ? -1 : Number(span.dataset["index"]);
  }

  private focus(index: number): void {
    const span = this.spans[index];
    if (span === undefined) return;
    this.spans[this.current].tabIndex = -1;
    this.current = index;
    span.tabIndex = 0;
    span.focus();
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.spans.length - 1;
    const targets: Record<string, number> = {
      ArrowRight: Math.min(this.current + 1, last),
      ArrowLeft: Math.max(this.current - 1, 0),
      ArrowDown: this.nextChanged(1),
      ArrowUp: this.nextChanged(-1),
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.focus(target);
  }

  /** The next changed token in this direction. */
  private nextChanged(step: 1 | -1): number {
    for (let at = this.current + step; at >= 0 && at < this.tokens.length; at += step) {
      if (this.tokens[at].origin === "changed") return at;
    }
    return this.current;
  }

  private inspect(index: number): void {
    const token = this.tokens[index];
    if (token === undefined) return;
    const { origin, top_logprobs: top = [] } = token;
    const sentence =
      origin === undefined ? ["This engine does not report its tokens."] : SENTENCES[origin](token);
    this.inspector.replaceChildren(
      element(
        "p",
        {},
        element("code", { class: `token ${origin ?? ""}` }, visible(token.text)),
        element("span", { class: "which" }, `token ${index + 1} of ${this.tokens.length}`),
      ),
      element("p", {}, ...sentence),
    );
    if (top.length > 0) this.inspector.append(alternatives(top));
  }
}

/** The most probable tokens; those excluded by the schema are struck through. */
function alternatives(top: readonly Alternative[]): HTMLElement {
  const list = element("ul", { "aria-label": "Most probable for the model" });
  for (const { token, logprob, allowed } of top) {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(Math.exp(logprob)));
    const shown = element("code", { class: allowed ? "say" : "say ruled-out" }, visible(token));
    const verdict = element("span", { class: "verdict" }, allowed ? "" : "not allowed");
    list.append(
      element("li", {}, shown, bar, element("span", { class: "share" }, percent(logprob)), verdict),
    );
  }
  return list;
}

function lineBreak(depth: number): string {
  return `\n${"  ".repeat(depth)}`;
}

/** A token's text with visible white space. */
function visible(text: string): string {
  return text.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥");
}

function percent(logprob: number | undefined): string {
  if (logprob === undefined) return "?";
  const share = Math.exp(logprob) * 100;
  if (share < 0.1) return "less than 0.1 %";
  return `${share < 10 ? share.toFixed(1) : Math.min(Math.round(share), 100)} %`;
}
