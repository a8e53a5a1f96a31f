import { FormworkError } from "../../errors.js";
import type { TimeLimit } from "../../http/index.js";
import type { ChatMessage, SamplingSettings, Usage } from "../../types.js";
import type { EngineEvent, GenerateRequest, GenerateResult } from "../engine.js";
import { sharedValidator, type Verdict } from "../validate/index.js";
import { answerFields, checkText } from "./answerForm.js";
import { type Check, checkCalls, WrittenParts } from "./calls.js";
import type { EnvelopeReader } from "./envelope/reader.js";
import type { RemoteSettings } from "./options.js";
import type { Protocol, UpstreamPiece, UpstreamUsage } from "./protocols/protocol.js";
import { namesAsked } from "./reasoningFields.js";
import {
  errorOfFailure,
  refusedField,
  refusesBudget,
  refusesSchema,
  withoutBudget,
  withoutFields,
} from "./refusal.js";
import type { RemoteRequest } from "./remoteRequest.js";
import { askAgain, askShorter } from "./repair.js";
import type { PreparedSchema } from "./schemaCache.js";
import { unwrapDocument } from "./unwrapDocument.js";
import { isUnavailable, type Upstream, UpstreamRefusal, unavailable } from "./upstream.js";

/** Minimum temperature of retries. */
const REPAIR_TEMPERATURE = 0.7;

/** State shared by the requests of an engine. */
export interface RunParts {
  protocol: Protocol;
  upstream: Upstream;
  settings: RemoteSettings;
  /** Request fields rejected by this server. */
  refusedFields: Set<string>;
}

/** One request: attempts until a document is valid, and counters over all attempts. */
export class RemoteRun {
  readonly usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, forcedTokens: 0 };
  attempts = 0;
  /** Whether the server has started to answer. */
  answered = false;
  private readonly parts: RunParts;
  private readonly asked: RemoteRequest;
  private readonly request: GenerateRequest;
  private readonly schema: PreparedSchema;
  /** Splits the emitted part of an envelope. */
  private readonly reader: EnvelopeReader | undefined;
  private readonly limit: TimeLimit;
  private readonly arrivedAt = performance.now();
  private readonly compileMs: number;
  private model: string;
  private firstTextAt: number | undefined;
  private written = new WrittenParts();
  /** Names of fields that this server rejected. */
  private ignored: readonly string[] = [];
  /** Whether the limit of tokens is left to the server, which has room for fewer. */
  private leavesBudget = false;
  /** Emitted text, which cannot be taken back. */
  private shown = "";

  constructor(parts: RunParts, asked: RemoteRequest, model: string, limit: TimeLimit, compileMs: number) {
    this.parts = parts;
    this.asked = asked;
    this.request = asked.request;
    this.schema = asked.schema;
    this.reader = asked.envelope?.reader();
    this.model = model;
    this.limit = limit;
    this.compileMs = compileMs;
  }

  async *events(waitMs: number): AsyncGenerator<EngineEvent> {
    const { settings } = this.parts;
    const asked = this.asked.messages;
    let messages = asked;
    for (;;) {
      const { text, cut } = yield* this.attempt(messages, waitMs);
      const { toolCalls } = this.written;
      if (toolCalls.length > 0) {
        const verdict = await checkCalls(toolCalls, this.request, this.checkOne);
        if (!verdict.valid) throw this.failed(verdict, false);
        yield { type: "finish", result: this.resultOf({ text, output: text, toolCalls }, cut) };
        return;
      }
      if (this.asked.isText) {
        await checkText(text, this.request.format);
        yield { type: "finish", result: this.resultOf({ text, output: text }, cut) };
        return;
      }
      const { document, verdict } = await this.judge(text, cut);
      if (verdict.valid && document.startsWith(this.shown)) {
        yield* this.finish(document, cut);
        return;
      }
      settings.log("invalid answer", {
        request: this.request.id,
        attempt: this.attempts,
        pointer: verdict.pointer,
        message: verdict.message,
      });
      // The schema is not enforced after all, so the text of later requests waits for the verdict.
      this.schema.enforced = false;
      if (this.shown !== "" || this.attempts > settings.repairs) {
        const closed = cut ? await this.closeEarlier(text) : undefined;
        if (closed === undefined) throw this.failed(verdict, cut);
        yield* this.finish(closed, cut);
        return;
      }
      messages = cut ? askShorter(asked) : askAgain(asked, text, verdict);
      this.limit.signal.throwIfAborted();
    }
  }

  private *finish(document: string, cut: boolean): Generator<EngineEvent> {
    yield* this.handOut(document.slice(this.shown.length));
    yield { type: "finish", result: this.resultOf(this.answerIn(document), cut) };
  }

  /** The events for the caller in the next piece of the document. */
  private *handOut(text: string): Generator<EngineEvent> {
    if (text === "") return;
    if (this.reader === undefined) {
      yield { type: "delta", text };
      return;
    }
    for (const part of this.reader.push(text)) yield part.type === "text" ? { ...part, type: "delta" } : part;
  }

  /** The answer in a complete document. */
  private answerIn(document: string): Pick<GenerateResult, "text" | "output" | "toolCalls"> {
    if (this.reader === undefined) return { text: document, output: JSON.parse(document) };
    const { text, toolCalls } = this.reader;
    if (toolCalls.length > 0) return { text, output: text, toolCalls };
    return { text, output: this.asked.envelope?.hasDocument === true ? JSON.parse(text) : text };
  }

  /** One answer of the server. Emits `start` once, and text as it arrives if that is safe. */
  private async *attempt(
    messages: readonly ChatMessage[],
    waitMs: number,
  ): AsyncGenerator<EngineEvent, { text: string; cut: boolean }> {
    this.attempts++;
    this.written = new WrittenParts(this.written.reasoning);
    const free = this.asked.isText;
    const followed = this.showsText() ? this.schema.follow() : undefined;
    let usage: UpstreamUsage | undefined;
    let finish: UpstreamPiece["finish"];
    let text = "";
    let pieces = 0;
    // White space around the document is not part of it, so it is withheld until something follows.
    let blank = "";
    try {
      for await (const piece of this.pieces(messages, waitMs)) {
        if (piece.error !== undefined) throw errorOfFailure(piece.error, this.parts.upstream.place);
        usage = piece.usage ?? usage;
        finish = piece.finish ?? finish;
        this.model = piece.model ?? this.model;
        if (!this.answered) {
          this.answered = true;
          yield {
            type: "start",
            promptTokens: usage?.promptTokens ?? 0,
            cachedTokens: usage?.cachedTokens ?? 0,
          };
        }
        if (piece.part !== undefined) {
          this.firstTextAt ??= performance.now();
          this.written.take(piece.part);
          yield piece.part.type === "text" ? { type: "delta", text: piece.part.text } : piece.part;
        }
        if (piece.text === undefined) continue;
        this.firstTextAt ??= performance.now();
        pieces++;
        const fresh: string = text === "" ? piece.text.trimStart() : blank + piece.text;
        const solid = fresh.trimEnd();
        blank = fresh.slice(solid.length);
        text += solid;
        const shown = free ? solid : ((await followed?.push(solid)) ?? "");
        if (shown === "") continue;
        this.shown += shown;
        yield* this.handOut(shown);
      }
    } finally {
      followed?.release();
      // A broken stream has not reported usage; a piece is about a token.
      this.add(usage ?? { promptTokens: 0, cachedTokens: 0, completionTokens: pieces, forcedTokens: 0 });
    }
    if (finish === undefined && !free && this.written.toolCalls.length === 0 && !isWhole(text)) {
      throw new FormworkError(
        "upstream_error",
        `The stream of ${this.parts.upstream.place} ended in the middle of the document.`,
      );
    }
    return { text, cut: finish === "length" };
  }

  /** A retry must be able to give another result. */
  private sampling(): SamplingSettings {
    const { sampling } = this.request;
    if (this.attempts === 1) return sampling;
    return {
      ...sampling,
      temperature: Math.max(sampling.temperature, REPAIR_TEMPERATURE),
      seed: sampling.seed + this.attempts - 1,
    };
  }

  /** Whether text can be emitted immediately, because it will not have to be taken back. */
  private showsText(): boolean {
    return this.request.incremental === true && this.schema.enforced && this.schema.mode === "schema";
  }

  /** The events of the server, with the strongest constraint that it accepts. */
  private async *pieces(messages: readonly ChatMessage[], waitMs: number): AsyncGenerator<UpstreamPiece> {
    const { protocol, upstream, refusedFields, settings } = this.parts;
    const pauses = upstream.pauses(this.limit, waitMs);
    for (;;) {
      const { path, body } = protocol.request({
        model: this.model,
        messages,
        schema: this.schema.sent,
        documents: this.schema.source.documents,
        mode: this.asked.isText ? "none" : this.schema.mode,
        answer: answerFields(
          this.request,
          protocol.kind,
          this.asked.envelope !== undefined,
          messages.at(-1)?.role === "assistant",
        ),
        isText: this.asked.isText,
        maxTokens: this.request.maxTokens,
        sampling: this.sampling(),
      });
      const { body: kept, ignored } = withoutFields(body, refusedFields);
      const sent = this.leavesBudget ? withoutBudget(kept) : kept;
      this.ignored = namesAsked(ignored, this.request);
      let heard = false;
      let begun = false;
      try {
        for await (const event of upstream.stream(path, sent, this.limit, waitMs)) {
          const piece = protocol.read(event);
          if (piece === undefined) continue;
          // Some servers reject a request in a stream that has started with a 200.
          if (piece.error !== undefined && !begun)
            throw new UpstreamRefusal({ ...piece.error, inStream: true });
          heard = true;
          begun ||= piece.text !== undefined || piece.part !== undefined;
          yield piece;
        }
        return;
      } catch (thrown) {
        if (!(thrown instanceof UpstreamRefusal)) throw thrown;
        const { failure } = thrown;
        const field = refusedField(failure, sent);
        if (!this.leavesBudget && refusesBudget(failure)) this.leavesBudget = true;
        else if (field !== undefined) refusedFields.add(field);
        else if (
          protocol.capabilities !== undefined &&
          refusesSchema(failure) &&
          // A plug-in's rejection has a reason that a weaker constraint would only hide.
          !this.schema.whole &&
          this.schema.mode !== "none"
        ) {
          this.schema.mode = this.schema.mode === "schema" ? "json" : "none";
          settings.log("schema rejected by the server", { mode: this.schema.mode, message: failure.message });
        } else if (protocol.capabilities !== undefined && !heard && isUnavailable(failure)) {
          // SGLang reports a full queue in its stream, and Formwork a 503 if its engine has died.
          await pauses.next(unavailable(upstream.place, failure));
        } else throw errorOfFailure(failure, upstream.place);
      }
    }
  }

  /** The document in `text`, completed if it was truncated and the grammar has an ending, with the validator's verdict. */
  private async judge(text: string, cut: boolean): Promise<{ document: string; verdict: Verdict }> {
    let document = unwrapDocument(text);
    if (cut && this.parts.protocol.capabilities !== undefined) {
      // The text may be truncated inside a character.
      document = document.replace(/\uFFFD+$/, "");
      const followed = this.schema.follow();
      try {
        await followed.push(document);
        document += (await followed.close()) ?? "";
      } finally {
        followed.release();
      }
    }
    return { document, verdict: await this.check(document) };
  }

  /** The independent validator's verdict on the document and the content of an envelope. */
  private async check(document: string): Promise<Verdict> {
    const verdict = await this.checkOne(this.schema.source, document);
    const { envelope } = this.asked;
    return verdict.valid && envelope !== undefined ? await envelope.check(document, this.checkOne) : verdict;
  }

  private readonly checkOne: Check = (source, text) =>
    sharedValidator().check(source, text, this.limit.signal);

  /**
   * The last resort for a truncated answer: the part before it leaves the schema, completed. Undefined if the model had not started the
   * document, or the result is not valid either.
   */
  private async closeEarlier(text: string): Promise<string | undefined> {
    const begun = this.schema.follow();
    const kept = this.schema.follow();
    try {
      const start = await begun.push(unwrapDocument(text));
      if (start.length < 2) return undefined;
      await kept.push(start);
      const document = start + ((await kept.close()) ?? "");
      const verdict = await this.check(document);
      return verdict.valid && document.startsWith(this.shown) ? document : undefined;
    } finally {
      begun.release();
      kept.release();
    }
  }

  private failed(verdict: Verdict, cut: boolean): FormworkError {
    const { place } = this.parts.upstream;
    const tries = this.attempts === 1 ? "one try" : `${this.attempts} tries`;
    if (cut) {
      return new FormworkError(
        "invalid_output",
        `The document of ${place} was cut at ${this.request.maxTokens} tokens and could not be closed, after ${tries}.`,
      );
    }
    const at = verdict.pointer ? ` at ${verdict.pointer}` : "";
    return new FormworkError(
      "invalid_output",
      `The server at ${place} gave no valid document in ${tries}; the last one${at}: ${verdict.message ?? "is not valid"}.`,
    );
  }

  private add(usage: UpstreamUsage): void {
    this.usage.promptTokens += usage.promptTokens;
    this.usage.cachedTokens += usage.cachedTokens;
    this.usage.completionTokens += usage.completionTokens;
    this.usage.forcedTokens += usage.forcedTokens;
  }

  /** A plug-in closes objects by its own setting. */
  private ignoredByPlugin(): string[] {
    return this.schema.whole && this.request.additionalMembers === "schema" ? ["additional_members"] : [];
  }

  /** The reported result for `answer`; `cut`: it was truncated by the budget. */
  resultOf(answer: Pick<GenerateResult, "text" | "output" | "toolCalls">, cut: boolean): GenerateResult {
    const now = performance.now();
    const firstTextAt = this.firstTextAt ?? now;
    const ignored = [...new Set([...this.asked.ignored, ...this.ignored, ...this.ignoredByPlugin()])];
    return {
      ...answer,
      finishReason: answer.toolCalls !== undefined ? "tool_calls" : cut ? "length" : "stop",
      usage: { ...this.usage },
      timings: {
        queueMs: 0,
        compileMs: this.compileMs,
        prefillMs: firstTextAt - this.arrivedAt,
        firstTokenMs: firstTextAt - this.arrivedAt,
        decodeMs: now - firstTextAt,
        totalMs: now - this.arrivedAt,
      },
      model: this.model,
      attempts: this.attempts,
      ...(this.written.reasoning === "" ? {} : { reasoning: this.written.reasoning }),
      ...(ignored.length === 0 ? {} : { ignored }),
    };
  }
}

/** Whether the text is complete JSON, for servers that end a stream without a reason. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(unwrapDocument(text));
    return true;
  } catch {
    return false;
  }
}
