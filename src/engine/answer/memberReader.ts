import { heldBack } from "./heldBack.js";
import { JsonEnd } from "./jsonEnd.js";
import type { MemberLayout } from "./layout.js";

/** Reads arguments written as members between tags, and returns them as the text of a JSON object. */
export class MemberReader {
  isOver = false;
  private readonly layout: MemberLayout;
  /** The members whose value is bare text. */
  private readonly bare: ReadonlySet<string>;
  private state: "between" | "key" | "text" | "json" = "between";
  private due = "";
  private isFirst = true;
  private jsonEnd = new JsonEnd();

  constructor(layout: MemberLayout, bare: ReadonlySet<string>) {
    this.layout = layout;
    this.bare = bare;
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
    const { beforeKey } = this.layout;
    if (rest.startsWith(beforeKey)) {
      this.state = "key";
      return { taken: beforeKey.length, json: "" };
    }
    if (beforeKey.startsWith(rest)) return undefined;
    this.isOver = true;
    return { taken: 0, json: this.isFirst ? "{}" : "}" };
  }

  private readKey(rest: string): { taken: number; json: string } | undefined {
    const { beforeValue, beforeJson = beforeValue } = this.layout;
    const ends = [beforeValue, beforeJson].map((end) => ({ end, at: rest.indexOf(end) }));
    const [first] = ends.filter(({ at }) => at >= 0).sort((one, other) => one.at - other.at);
    if (first === undefined) return undefined;
    const { end, at } = first;
    const key = rest.slice(0, at);
    const isText = this.bare.has(key);
    const json = `${this.isFirst ? "{" : ","}${JSON.stringify(key)}:${isText ? '"' : ""}`;
    this.isFirst = false;
    this.state = isText ? "text" : "json";
    this.jsonEnd = new JsonEnd();
    return { taken: at + end.length, json };
  }

  private readText(rest: string): { taken: number; json: string } | undefined {
    const { padding, closing, afterClosing } = this.layout;
    const at = rest.indexOf(closing);
    if (at < 0) {
      const kept = Math.max(heldBack(rest, `${padding}${closing}`), heldBack(rest, closing));
      const text = rest.slice(0, rest.length - kept);
      return text === "" ? undefined : { taken: text.length, json: quoted(text) };
    }
    const padded = rest.slice(0, at);
    const text = padded.endsWith(padding) ? padded.slice(0, padded.length - padding.length) : padded;
    this.due = afterClosing;
    this.state = "between";
    return { taken: at + closing.length, json: `${quoted(text)}"` };
  }

  private readJson(rest: string): { taken: number; json: string } | undefined {
    const taken = this.jsonEnd.find(rest);
    if (this.jsonEnd.isOver) {
      const { closing, afterClosing } = this.layout;
      this.due = `${closing}${afterClosing}`;
      this.state = "between";
    } else if (taken === 0) return undefined;
    return { taken, json: rest.slice(0, taken) };
  }
}

/** As part of a JSON string. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
