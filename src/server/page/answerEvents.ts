/** The events of `POST /generate`, as they come. */
export type AnswerEvent =
  | { name: "start"; data: { prompt_tokens: number; cached_tokens: number } }
  | { name: "delta" | "reasoning"; data: { text: string } }
  | { name: "tool_call"; data: { call: number; id: string; name: string } }
  | { name: "tool_arguments"; data: { call: number; text: string } }
  | { name: "trace"; data: TraceStep }
  | { name: "finish"; data: Finish }
  | { name: "error"; data: Failure };

export interface TraceStep {
  at_ms: number;
  tokens: readonly Token[];
}

export type Origin = "sampled" | "changed" | "forced" | "closed";

export interface Token {
  text: string;
  /** Undefined if the engine does not report it. */
  origin?: Origin;
  logprob?: number;
  masked_logprob?: number;
  top_logprobs?: readonly Alternative[];
}

export interface Alternative {
  token: string;
  logprob: number;
  allowed: boolean;
}

export interface Finish {
  output: unknown;
  finish_reason: string;
  tokens_used: number;
  generation_time_ms: number;
  usage: { completion_tokens: number; forced_tokens: number };
  tool_calls?: readonly { id: string; name: string }[];
  ignored?: readonly string[];
}

export interface Failure {
  error: string;
  status: number;
  code?: string;
  pointer?: string;
  keyword?: string;
}

/** An error, before the stream or in it. */
export class AnswerError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.error);
    this.failure = failure;
  }
}

/** Sends `body` and yields the events up to `finish`. Throws `AnswerError`, or what `fetch` throws. */
export async function* answerEvents(
  body: string,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (key !== "") headers["authorization"] = `Bearer ${key}`;
  const response = await fetch("generate", { method: "POST", headers, body, signal });
  if (!response.ok || response.body === null) throw new AnswerError(await readFailure(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The server ended the answer early.");
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name === undefined || data === undefined) continue;
      const event = { name, data: JSON.parse(data) } as AnswerEvent;
      if (event.name === "error") throw new AnswerError(event.data);
      yield event;
      if (event.name === "finish") return;
    }
  }
}

async function readFailure(response: Response): Promise<Failure> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Failure;
  } catch {
    // A proxy may answer in another format.
    return { error: `The server answered ${response.status}.`, status: response.status };
  }
}
