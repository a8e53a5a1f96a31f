import type { Answer, ChatAnswer, ChatStream, DocumentStream } from "./client.js";
import type { AnswerPart, ConnectionEvent, ReceivedAnswer } from "./connection.js";
import { ClientError } from "./errors.js";
import type { Partially } from "./schema/infer.js";

/** The events of one answer, which can be read once, and the final answer. */
class AnswerEvents<Final> {
  private readonly events: AsyncIterable<ConnectionEvent>;
  private readonly finish: (answer: ReceivedAnswer) => Promise<Final>;
  private readonly settled: PromiseWithResolvers<ReceivedAnswer> = withResolvers();
  private taken = false;
  private answer: Promise<Final> | undefined;

  constructor(events: AsyncIterable<ConnectionEvent>, finish: (answer: ReceivedAnswer) => Promise<Final>) {
    this.events = events;
    this.finish = finish;
    // Callers of `final` get the error from there; iterating callers have already got it.
    this.settled.promise.catch(() => {});
  }

  async *parts(): AsyncGenerator<AnswerPart> {
    if (this.taken) throw new ClientError("wrong_usage", "A stream can be read once: keep what it gave.");
    this.taken = true;
    let finished = false;
    try {
      for await (const event of this.events) {
        if (event.type === "finish") {
          finished = true;
          this.settled.resolve(event.answer);
        } else if (event.type !== "start") yield event;
      }
    } catch (thrown) {
      this.settled.reject(thrown);
      throw thrown;
    } finally {
      if (!finished) this.settled.reject(new ClientError("cancelled", "The stream was left before its end."));
    }
  }

  final(): Promise<Final> {
    this.answer ??= this.readFinal();
    return this.answer;
  }

  private async readFinal(): Promise<Final> {
    if (!this.taken) {
      for await (const _ of this.parts());
    }
    return await this.finish(await this.settled.promise);
  }
}

/** A document as it grows. */
export class EventDocumentStream<Output> implements DocumentStream<Output> {
  private readonly events: AnswerEvents<Answer<Output>>;
  private readonly bigints: boolean | undefined;

  constructor(
    events: AsyncIterable<ConnectionEvent>,
    finish: (answer: ReceivedAnswer) => Promise<Answer<Output>>,
    bigints?: boolean,
  ) {
    this.events = new AnswerEvents(events, finish);
    this.bigints = bigints;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Partially<Output>> {
    // Loaded on demand, so that pages without partial documents do not include the parser.
    const { PartialDocument } = await import("./partialDocument.js");
    const document = new PartialDocument({ bigints: this.bigints });
    for await (const text of this.text()) {
      document.push(text);
      const value = document.value();
      if (value !== undefined) yield value as Partially<Output>;
    }
  }

  async *text(): AsyncGenerator<string> {
    for await (const part of this.events.parts()) if (part.type === "text") yield part.text;
  }

  final(): Promise<Answer<Output>> {
    return this.events.final();
  }
}

/** An answer with text, reasoning and calls, as it arrives. */
export class EventChatStream<Output> implements ChatStream<Output> {
  private readonly events: AnswerEvents<ChatAnswer<Output>>;

  constructor(
    events: AsyncIterable<ConnectionEvent>,
    finish: (answer: ReceivedAnswer) => Promise<ChatAnswer<Output>>,
  ) {
    this.events = new AnswerEvents(events, finish);
  }

  [Symbol.asyncIterator](): AsyncGenerator<AnswerPart> {
    return this.events.parts();
  }

  final(): Promise<ChatAnswer<Output>> {
    return this.events.final();
  }
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<Value>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { promise, resolve, reject };
}
