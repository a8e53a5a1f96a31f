import { heldBack } from "./heldBack.js";
import { JsonEnd } from "./jsonEnd.js";
import { afterClosingOf, type MemberLayout } from "./layout.js";

/** Reads arguments written as members between tags, and returns them as the text of a JSON object. */
export class MemberReader {
  isOver = false;
  private readonly layout: MemberLayout;
  /** The members whose value is bare text. */
  private readonly bare: ReadonlySet<string>;
  /** The text after the last member. */
  private readonly end: string;
  private state: "between" | "key" | "text" | "json" = "between";
  private due = "";
  private isFirst = true;
  private jsonEnd = new JsonEnd();
  private key = "";
  /** Whether the text is in quotes; undefined until its first characters have been read. */
  private isQuoted: boolean | undefined;

  constructor(layout: MemberLayout, bare: ReadonlySet<string>, end: string) {
    this.layout = layout;
    this.bare = bare;
    this.end = end;
  }

  /** Consumes from the start of `written`; returns the consumed length and the corresponding JSON. */
  read(written: string): { taken: number; json: string } {
    let taken = 0;
    let json = "";
    for (;;) {
      const step = this.step(written.slice(taken));
      if (step === undefined) return { taken, json };
      taken += step.taken;
      json += step.json;
      if (this.isOver) return { taken, json };
    }
  }

  /** Undefined if more text is needed. */
  private step(rest: string): { taken: number; json: string } | undefined {
    if (this.due !== "") return this.readDue(rest);
    if (this.state === "between") return this.readBetween(rest);
    if (this.state === "key") return this.readKey(rest);
    return this.state === "text" ? this.readText(rest) : this.readJson(rest);
  }

  private readDue(rest: string): { taken: number; json: string } | undefined {
    const taken = Math.min(this.due.length, rest.length);
    this.due = this.due.slice(taken);
    return taken === 0 ? undefined : { taken, json: "" };
  }

  private readBetween(rest: string): { taken: number; json: string } | undefined {
    const { beforeKey, separator } = this.layout;
    if (separator !== undefined) return this.readSeparator(rest, separator);
    if (this.end.startsWith(beforeKey)) {
      if (rest.length < this.end.length && this.end.startsWith(rest)) return undefined;
      if (rest.startsWith(this.end)) return this.finish();
    }
    if (rest.startsWith(beforeKey)) {
      this.state = "key";
      return { taken: beforeKey.length, json: "" };
    }
    if (beforeKey.startsWith(rest)) return undefined;
    return this.finish();
  }

  /** Of separated members, the first follows directly. */
  private readSeparator(rest: string, separator: string): { taken: number; json: string } | undefined {
    const mark = this.isFirst ? this.end : separator;
    if (rest.length < mark.length && mark.startsWith(rest)) return undefined;
    if (rest.startsWith(mark) === this.isFirst) return this.finish();
    this.state = "key";
    return { taken: this.isFirst ? 0 : separator.length, json: "" };
  }

  private finish(): { taken: number; json: string } {
    this.isOver = true;
    return { taken: 0, json: this.isFirst ? "{}" : "}" };
  }

  private readKey(rest: string): { taken: number; json: string } | undefined {
    const { beforeValue, beforeJson = beforeValue } = this.layout;
    const at = rest.indexOf(commonStart(beforeValue, beforeJson));
    if (at < 0) return undefined;
    const key = rest.slice(0, at);
    const isText = this.bare.has(key);
    const end = isText ? beforeValue : beforeJson;
    if (rest.length < at + end.length) return undefined;
    const json = `${this.isFirst ? "{" : ","}${JSON.stringify(key)}:${isText ? '"' : ""}`;
    this.isFirst = false;
    this.key = key;
    this.isQuoted = this.layout.quotes === undefined ? false : undefined;
    this.state = isText ? "text" : "json";
    this.jsonEnd = new JsonEnd();
    return { taken: at + end.length, json };
  }

  private readText(rest: string): { taken: number; json: string } | undefined {
    const { layout } = this;
    if (this.isQuoted === undefined) {
      const { opening } = layout.quotes!;
      if (rest.length < opening.length && opening.startsWith(rest)) return undefined;
      this.isQuoted = rest.startsWith(opening);
      if (this.isQuoted) return { taken: opening.length, json: "" };
    }
    const { closing } = layout;
    const padding = this.isQuoted ? layout.quotes!.closing : layout.padding;
    const at = rest.indexOf(closing);
    if (at < 0) {
      const kept = Math.max(heldBack(rest, `${padding}${closing}`), heldBack(rest, closing));
      const text = rest.slice(0, rest.length - kept);
      return text === "" ? undefined : { taken: text.length, json: quoted(text) };
    }
    const padded = rest.slice(0, at);
    const text = padded.endsWith(padding) ? padded.slice(0, padded.length - padding.length) : padded;
    this.due = afterClosingOf(layout, this.key);
    this.state = "between";
    return { taken: at + closing.length, json: `${quoted(text)}"` };
  }

  private readJson(rest: string): { taken: number; json: string } | undefined {
    const taken = this.jsonEnd.find(rest);
    if (this.jsonEnd.isOver) {
      const { closing, closingJson = closing } = this.layout;
      this.due = `${closingJson}${afterClosingOf(this.layout, this.key)}`;
      this.state = "between";
    } else if (taken === 0) return undefined;
    return { taken, json: rest.slice(0, taken) };
  }
}

function commonStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

/** As part of a JSON string. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
