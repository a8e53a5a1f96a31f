import { FormworkError } from "../../errors.js";
import type { ToolCall } from "../../types.js";
import { CallList } from "./callList.js";
import { heldBack } from "./heldBack.js";
import { JsonEnd } from "./jsonEnd.js";
import type { AnswerLayout, CallOpening } from "./layout.js";
import { MemberReader } from "./memberReader.js";
import type { AnswerPart } from "./part.js";

type State =
  | "reasoning"
  | "text"
  | "beforeName"
  | "name"
  | "afterName"
  | "arguments"
  | "afterArguments"
  | "over";

/** What ends the current text. */
type Mark = { text: string; kind: "stop" } | { text: string; kind: "call"; opening: CallOpening };

/**
 * Separates the parts of an answer while it is generated, by the same layout as its grammar. The emitted parts add up to `text`,
 * `reasoning` and `toolCalls`.
 */
export class AnswerReader {
  text = "";
  reasoning = "";
  /** The stop text that ended the answer. */
  stopText: string | undefined;
  private readonly layout: AnswerLayout;
  private readonly marks: readonly Mark[];
  private state: State;
  /** Text that has not been read yet. */
  private rest = "";
  /** The text that must come next, if any. */
  private due = "";
  /** Whether nothing after the reasoning has been read. */
  private isAtStart = true;
  /** Whether nothing has been emitted since the last call. */
  private isAfterCall = false;
  private jsonEnd = new JsonEnd();
  private members: MemberReader | undefined;
  private readonly calls: CallList;
  private parts: AnswerPart[] = [];

  constructor(layout: AnswerLayout) {
    this.layout = layout;
    this.calls = new CallList(layout.callsMustDiffer === true);
    this.state = layout.reasoning === undefined ? "text" : "reasoning";
    this.due = layout.reasoning?.opening ?? "";
    this.marks = [
      ...(layout.isConstrained ? [] : layout.stop.map((text) => ({ text, kind: "stop" as const }))),
      ...(layout.calls?.openings ?? []).map((opening) => ({
        text: opening.text,
        kind: "call" as const,
        opening,
      })),
    ];
  }

  get toolCalls(): readonly ToolCall[] {
    return this.calls.calls;
  }

  /** Whether the answer has ended. */
  get isOver(): boolean {
    return this.state === "over";
  }

  /** Whether text of the answer is being read, not reasoning or a call. */
  get isInText(): boolean {
    return this.state === "text";
  }

  /** Whether reasoning is being read. */
  get isInReasoning(): boolean {
    return this.state === "reasoning";
  }

  /** Reads the next generated text; returns the parts known so far. */
  push(written: string): AnswerPart[] {
    this.rest += written;
    while (this.state !== "over" && this.read()) {}
    return this.take();
  }

  /** Ends the answer; returns the parts withheld so far. */
  end(): AnswerPart[] {
    if (this.state === "text") this.emitText(this.rest);
    if (this.state === "reasoning") this.emitReasoning(this.rest);
    this.rest = "";
    this.state = "over";
    return this.take();
  }

  private take(): AnswerPart[] {
    const { parts } = this;
    this.parts = [];
    return parts;
  }

  /** Reads one element; false if more text is needed. */
  private read(): boolean {
    if (this.due !== "") return this.readDue();
    switch (this.state) {
      case "reasoning":
        return this.readReasoning();
      case "text":
        return this.readText();
      case "beforeName":
        this.state = "name";
        return true;
      case "name":
        return this.readName();
      case "afterName":
        this.state = "arguments";
        this.jsonEnd = new JsonEnd();
        return true;
      case "arguments":
        return this.readArguments();
      case "afterArguments":
        return this.readAfterArguments();
      default:
        return false;
    }
  }

  private readDue(): boolean {
    const length = Math.min(this.due.length, this.rest.length);
    if (this.due.slice(0, length) !== this.rest.slice(0, length))
      throw new FormworkError("invalid_output", `The answer should go on with ${JSON.stringify(this.due)}.`);
    this.due = this.due.slice(length);
    this.rest = this.rest.slice(length);
    return this.due === "";
  }

  private readReasoning(): boolean {
    const { closing } = this.layout.reasoning!;
    const at = this.rest.indexOf(closing);
    if (at < 0) {
      const kept = heldBack(this.rest, closing);
      this.emitReasoning(this.rest.slice(0, this.rest.length - kept));
      this.rest = this.rest.slice(this.rest.length - kept);
      return false;
    }
    this.emitReasoning(this.rest.slice(0, at));
    this.rest = this.rest.slice(at + closing.length);
    this.due = this.layout.reasoning!.after;
    this.state = "text";
    return true;
  }

  private readText(): boolean {
    if (this.rest === "") return false;
    const { contentOpening } = this.layout;
    if (contentOpening !== undefined && this.isAtStart) {
      if (this.rest.length < contentOpening.length && contentOpening.startsWith(this.rest)) return false;
      if (this.rest.startsWith(contentOpening)) {
        this.rest = this.rest.slice(contentOpening.length);
        this.isAtStart = false;
        return true;
      }
    }
    let found: { at: number; mark: Mark } | undefined;
    let kept = 0;
    for (const mark of this.marks) {
      // A constrained answer is either that or calls; its start decides.
      const onlyAtStart =
        mark.kind === "call" &&
        (mark.opening.onlyAtStart === true || (this.layout.isConstrained && !this.isAfterCall));
      if (onlyAtStart && !this.isAtStart) continue;
      const at = onlyAtStart ? (this.rest.startsWith(mark.text) ? 0 : -1) : this.rest.indexOf(mark.text);
      if (at >= 0 && (found === undefined || at + mark.text.length < found.at + found.mark.text.length))
        found = { at, mark };
      if (onlyAtStart) {
        if (mark.text.startsWith(this.rest)) kept = Math.max(kept, this.rest.length);
      } else kept = Math.max(kept, heldBack(this.rest, mark.text));
    }
    if (found !== undefined) {
      this.readMark(found.at, found.mark);
      return true;
    }
    // White space next to calls belongs to them: it is only emitted when other text follows.
    if (this.layout.calls !== undefined && !this.layout.isConstrained) {
      const end = this.rest.length - kept;
      kept += end - this.rest.slice(0, end).trimEnd().length;
    }
    this.emitText(this.rest.slice(0, this.rest.length - kept));
    this.rest = this.rest.slice(this.rest.length - kept);
    return false;
  }

  private readMark(at: number, mark: Mark): void {
    const before = this.rest.slice(0, at);
    this.rest = this.rest.slice(at + mark.text.length);
    if (mark.kind === "stop") {
      this.emitText(before);
      this.stopText = mark.text;
      this.state = "over";
      return;
    }
    this.emitText(before.trimEnd());
    this.isAtStart = false;
    this.due = mark.opening.beforeName;
    this.state = "beforeName";
  }

  private readName(): boolean {
    const { afterName, isNameQuoted, members, afterArguments } = this.layout.calls!;
    // If nothing else follows the name, a tag does.
    const at =
      afterName === "" ? this.rest.indexOf(members?.beforeKey[0] ?? "") : this.rest.indexOf(afterName);
    if (at < 0) return false;
    const spelled = this.rest.slice(0, at);
    const name = isNameQuoted ? (JSON.parse(`"${spelled}"`) as string) : spelled;
    this.rest = this.rest.slice(at + afterName.length);
    this.parts.push(...this.calls.begin(this.layout.callId(), name));
    this.state = "afterName";
    this.members =
      members === undefined
        ? undefined
        : new MemberReader(members, this.layout.bareMembers?.get(name) ?? new Set(), afterArguments);
    return true;
  }

  private readArguments(): boolean {
    const { members } = this;
    if (members === undefined) {
      const length = this.jsonEnd.find(this.rest);
      this.takeArguments(length, this.rest.slice(0, length));
      return this.jsonEnd.isOver && this.endArguments();
    }
    const { taken, json } = members.read(this.rest);
    this.takeArguments(taken, json);
    return members.isOver && this.endArguments();
  }

  private takeArguments(length: number, json: string): void {
    this.parts.push(...this.calls.write(json));
    this.rest = this.rest.slice(length);
  }

  private endArguments(): boolean {
    this.parts.push(...this.calls.end());
    const { maxCalls = Infinity } = this.layout;
    if (this.calls.hasRepeated || this.toolCalls.length >= maxCalls) {
      this.state = "over";
      return true;
    }
    this.due = this.layout.calls!.afterArguments;
    this.state = "afterArguments";
    return true;
  }

  private readAfterArguments(): boolean {
    const { separator, beforeName, closing } = this.layout.calls!;
    if (separator !== undefined) {
      if (this.rest.startsWith(separator)) {
        this.rest = this.rest.slice(separator.length);
        this.due = beforeName;
        this.state = "beforeName";
        return true;
      }
      if (this.rest.length < separator.length && separator.startsWith(this.rest)) return false;
    }
    this.due = closing;
    this.isAfterCall = true;
    this.state = "text";
    return true;
  }

  private emitText(text: string): void {
    // The line break after a call is part of neither the call nor the text.
    const own = this.isAfterCall ? text.trimStart() : text;
    if (own === "") return;
    this.isAfterCall = false;
    this.isAtStart = false;
    this.text += own;
    this.parts.push({ type: "text", text: own });
  }

  private emitReasoning(text: string): void {
    if (text === "") return;
    this.reasoning += text;
    this.parts.push({ type: "reasoning", text });
  }
}
