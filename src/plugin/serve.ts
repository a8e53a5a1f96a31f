import { FormworkError } from "../errors.js";
import { ANSWER, ERROR, type Frame, FramePipe, KIND, wordsOf } from "./frames.js";
import { type CompileRequest, type InitRequest, Service } from "./service.js";

const encoder = new TextEncoder();

/** Answers frames from `input` on `output`, blocking, until the other side closes the pipe or ends. */
export function servePlugin(input: number, output: number): void {
  const pipe = new FramePipe(input, output);
  const service = new Service();
  for (let frame = pipe.read(); frame !== undefined; frame = pipe.read()) {
    let kind: number = ANSWER;
    let answer: Uint8Array;
    try {
      answer = answerTo(service, frame);
    } catch (error) {
      kind = ERROR;
      const known =
        error instanceof FormworkError ? error : new FormworkError("internal", (error as Error).message);
      answer = encoder.encode(JSON.stringify(known.toBody()));
    }
    if (!pipe.write(kind, answer)) return;
  }
}

function answerTo(service: Service, { kind, payload }: Frame): Uint8Array {
  switch (kind) {
    case KIND.step:
    case KIND.validate: {
      const { filled, failures } = service.step(wordsOf(payload), kind === KIND.step);
      const words = new Uint8Array(filled.buffer);
      const reasons = Object.keys(failures).length === 0 ? "" : JSON.stringify(failures);
      return reasons === "" ? words : Buffer.concat([words, encoder.encode(reasons)]);
    }
    case KIND.init:
      return json(service.init(parsed<InitRequest>(payload)));
    case KIND.compile:
      return json(service.compile(parsed<CompileRequest>(payload)));
    case KIND.forget:
      service.forget(parsed<number[]>(payload));
      return json({});
    case KIND.statistics:
      return json(service.statistics());
    default:
      throw new FormworkError("invalid_request", `There is no frame of the kind ${kind}.`);
  }
}

function parsed<T>(payload: Buffer): T {
  return JSON.parse(payload.toString("utf8")) as T;
}

function json(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
