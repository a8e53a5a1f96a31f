import type { ToolCall } from "../../../types.js";
import { CallList } from "../../answer/callList.js";
import { JsonEnd } from "../../answer/jsonEnd.js";
import type { AnswerPart } from "../../answer/part.js";

/** Names in the envelope: `{"reply":{"answer":...}}` or `{"reply":{"calls":[{"name":...,"arguments":...}]}}`. */
export const NAMES = {
  reply: "reply",
  answer: "answer",
  calls: "calls",
  name: "name",
  arguments: "arguments",
};

const SPACE = /\s/;
/** An incomplete escape at the end of a piece, or half of a surrogate pair. */
const OPEN_ESCAPE =
  /(?:^|[^\\])(?:\\\\)*(\\(?:u[\dA-Fa-f]{0,3})?|\\u[Dd][89ABab][\dA-Fa-f]{2}(?:\\(?:u[\dA-Fa-f]{0,3})?)?)$/;

/**
 * Splits an envelope into parts while it is generated. The text so far must be the start of a valid envelope. The emitted parts add up to
 * `text` and `toolCalls`.
 */
export class EnvelopeReader {
  text = "";
  private readonly isAnswerString: boolean;
  private readonly callId: () => string;
  /** Open containers, outermost first: objects, the list of calls, and the objects in it as `[call`. */
  private readonly path: string[] = [];
  /** The current or last name. */
  private key = "";
  private isValueNext = false;
  /** Receives the text of the current string or value. */
  private sink: ((text: string) => void) | undefined;
  private end = new JsonEnd();
  /** The part of the current string that cannot be decoded yet. */
  private undecoded = "";
  private callName: string | undefined;
  /** Arguments that came before the name. */
  private early = "";
  private parts: AnswerPart[] = [];
  private readonly calls: CallList;

  /** `isAnswerString`: the answer is a string with the text, not a document. */
  constructor(isAnswerString: boolean, callId: () => string, callsMustDiffer = false) {
    this.isAnswerString = isAnswerString;
    this.callId = callId;
    this.calls = new CallList(callsMustDiffer);
  }

  get toolCalls(): readonly ToolCall[] {
    return this.calls.calls;
  }

  push(piece: string): AnswerPart[] {
    let at = 0;
    while (at < piece.length) {
      if (this.sink === undefined) this.readStructure(piece[at++]);
      else at += this.readValue(piece.slice(at));
    }
    const { parts } = this;
    this.parts = [];
    return parts;
  }

  private readValue(rest: string): number {
    const length = this.end.find(rest);
    this.sink?.(rest.slice(0, length));
    if (this.end.isOver) this.sink = undefined;
    return length;
  }

  private readStructure(character: string): void {
    if (SPACE.test(character)) return;
    if (character === ":") this.isValueNext = true;
    else if (character === "}" || character === "]") this.close();
    else if (character === ",") this.isValueNext = this.path.at(-1) === "[";
    else if (this.isValueNext || this.path.length === 0) this.beginValue(character);
    else {
      this.key = "";
      this.begin(character, (text) =>
        this.decode(text, (decoded) => {
          this.key += decoded;
        }),
      );
    }
  }

  private beginValue(character: string): void {
    this.isValueNext = false;
    const inCall = this.path.at(-1) === "[call";
    if (this.path.length === 2 && this.key === NAMES.answer) this.begin(character, this.answerSink());
    else if (inCall && this.key === NAMES.arguments)
      this.begin(character, (text) => this.takeArguments(text));
    else if (inCall) this.beginName(character);
    else this.open(character);
  }

  private open(character: string): void {
    if (this.path.at(-1) === "[") {
      this.path.push("[call");
      this.callName = undefined;
      this.early = "";
    } else {
      this.path.push(character);
      this.isValueNext = character === "[";
    }
  }

  private close(): void {
    // The call is complete, whether name or arguments came last.
    if (this.path.pop() === "[call") this.parts.push(...this.calls.end());
    this.isValueNext = false;
  }

  private begin(character: string, sink: (text: string) => void): void {
    this.end = new JsonEnd();
    this.undecoded = "";
    this.sink = sink;
    this.readValue(character);
  }

  private answerSink(): (text: string) => void {
    const take = (text: string): void => {
      if (text === "") return;
      this.text += text;
      this.parts.push({ type: "text", text });
    };
    return this.isAnswerString ? (text) => this.decode(text, take) : take;
  }

  private beginName(character: string): void {
    let name = "";
    this.begin(character, (text) => {
      this.decode(text, (decoded) => {
        name += decoded;
      });
      if (!this.end.isOver) return;
      this.callName = name;
      this.parts.push(...this.calls.begin(this.callId(), name));
      if (this.early !== "") this.takeArguments(this.early);
    });
  }

  private takeArguments(text: string): void {
    if (text === "") return;
    if (this.callName === undefined) {
      this.early += text;
      return;
    }
    this.parts.push(...this.calls.write(text));
  }

  /** Emits the decoded text of the next piece of a JSON string, which includes its quotes. */
  private decode(text: string, take: (decoded: string) => void): void {
    let written = this.undecoded + text;
    if (this.end.isOver) written = written.replace(/"$/, "");
    else {
      const open = OPEN_ESCAPE.exec(written)?.[1] ?? "";
      this.undecoded = written.slice(written.length - open.length);
      written = written.slice(0, written.length - open.length);
    }
    take(JSON.parse(`"${written.replace(/^"/, "")}"`) as string);
  }
}
