import { FormworkError, toFormworkError } from "../../errors.js";
import type { TimeLimit } from "../../http/index.js";
import type { ChatMessage, Usage } from "../../types.js";
import { heldBack } from "../answer/heldBack.js";
import type { EngineEvent, GenerateResult } from "../engine.js";
import { PLAIN_CALLS } from "../prompt/formats/plain.js";
import { callsText } from "./envelope/envelope.js";
import type { RemoteRequest } from "./remoteRequest.js";
import { RemoteRun, type RunParts } from "./run.js";

const OPENING = PLAIN_CALLS.openings[0].text;

const ASK_CALLS = `Now write these calls as one JSON document and nothing else: ${callsText([
  { name: "...", arguments: '{"...": ...}' },
])}`;

/**
 * One request whose answer is text and, if the model opens a call in it, calls. The text is unconstrained. The tag that opens a call ends
 * it, and a second answer, constrained to the schemas of the tools, contains the calls. This only needs text and schemas from the
 * server. The second prompt starts with the first one and its answer.
 */
export class TextThenCalls {
  private readonly text: RemoteRun;
  private calls: RemoteRun | undefined;
  private readonly asked: RemoteRequest;
  /** Requests the calls. */
  private readonly begin: (asked: RemoteRequest) => RemoteRun;

  /** `asked` has `calls`. */
  constructor(parts: RunParts, asked: RemoteRequest, model: string, limit: TimeLimit, compileMs: number) {
    this.asked = asked;
    this.text = new RemoteRun(parts, asked, model, limit, compileMs);
    this.begin = (calls) => new RemoteRun(parts, calls, model, limit, 0);
  }

  /** Totals of both answers. */
  get usage(): Usage {
    const { text, calls } = this;
    return calls === undefined ? text.usage : sumOf(text.usage, calls.usage);
  }

  /** Answers of the server, except the text. */
  get attempts(): number {
    return Math.max(this.text.attempts, this.calls?.attempts ?? 0);
  }

  async *events(waitMs: number): AsyncGenerator<EngineEvent> {
    const before = new TextBeforeCalls();
    for await (const event of this.text.events(waitMs)) {
      if (event.type === "delta") {
        yield* deltaOf(before.push(event.text));
        if (before.isOver) break;
      } else if (event.type === "finish") {
        yield* deltaOf(before.end());
        yield event;
        return;
      } else yield event;
    }
    yield* this.askCalls(before.text, waitMs);
  }

  private async *askCalls(text: string, waitMs: number): AsyncGenerator<EngineEvent> {
    const { messages, request } = this.asked;
    const maxTokens = request.maxTokens - this.text.usage.completionTokens;
    if (maxTokens < 1) {
      yield { type: "finish", result: this.text.resultOf({ text, output: text }, true) };
      return;
    }
    const calls = this.asked.calls!;
    this.calls = this.begin({
      ...calls,
      request: { ...calls.request, maxTokens },
      messages: withOpening(messages, text),
    });
    try {
      for await (const event of this.calls.events(waitMs)) {
        if (event.type === "finish") yield { type: "finish", result: this.joined(text, event.result) };
        else if (event.type !== "start") yield event;
      }
    } catch (thrown) {
      const error = toFormworkError(thrown);
      // A plug-in counts tokens: the remaining budget is too small for any call.
      if (error.code !== "budget_too_small") throw error;
      yield { type: "finish", result: this.text.resultOf({ text, output: text }, true) };
    }
  }

  private joined(text: string, { toolCalls, timings }: GenerateResult): GenerateResult {
    if (toolCalls === undefined) throw new FormworkError("internal", "A document of calls holds no call.");
    const result = this.text.resultOf({ text, output: text, toolCalls }, false);
    return {
      ...result,
      usage: this.usage,
      attempts: this.attempts,
      timings: { ...result.timings, compileMs: result.timings.compileMs + timings.compileMs },
    };
  }
}

/** The conversation for the calls that `text` has opened. */
function withOpening(messages: readonly ChatMessage[], text: string): ChatMessage[] {
  return [
    ...messages,
    { role: "assistant", content: text === "" ? OPENING : `${text}\n${OPENING}` },
    { role: "user", content: ASK_CALLS },
  ];
}

/** Reads text up to the tag that opens a call, without the white space before it. */
class TextBeforeCalls {
  text = "";
  /** Whether the tag was found. */
  isOver = false;
  private rest = "";

  /** Reads the next generated text; returns the text known so far. */
  push(written: string): string {
    this.rest += written;
    const at = this.rest.indexOf(OPENING);
    this.isOver = at >= 0;
    if (this.isOver) return this.take(this.rest.slice(0, at).trimEnd());
    const open = this.rest.length - heldBack(this.rest, OPENING);
    return this.take(this.rest.slice(0, open).trimEnd());
  }

  /** Ends the text; returns the withheld part. */
  end(): string {
    return this.take(this.rest);
  }

  private take(text: string): string {
    this.rest = this.rest.slice(text.length);
    this.text += text;
    return text;
  }
}

function* deltaOf(text: string): Generator<EngineEvent> {
  if (text !== "") yield { type: "delta", text };
}

function sumOf(one: Usage, other: Usage): Usage {
  return {
    promptTokens: one.promptTokens + other.promptTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    completionTokens: one.completionTokens + other.completionTokens,
    forcedTokens: one.forcedTokens + other.forcedTokens,
  };
}
