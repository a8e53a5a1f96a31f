import { FormworkError } from "../../errors.js";
import type { Client } from "../client.js";
import type { Connection, GenerateBody, ReceivedAnswer } from "../connection.js";
import { clientOver } from "../createClient.js";
import { fileSystem } from "./files.js";
import { printRecording, type Recording } from "./recording.js";

/** Options of `record`. */
export interface RecordOptions {
  /** Whether to append to the file. Default false: the file is overwritten. */
  append?: boolean;
}

/**
 * Wraps `client` and writes each generation to `file` as a line of JSON, for `replay`. Permanent errors (a rejected schema, a
 * missing field) are recorded, too; temporary ones are not.
 */
export function record(client: Client, file: string, options: RecordOptions = {}): Client {
  const files = fileSystem();
  files.makeFolderOf(file);
  if (!options.append) files.writeFileSync(file, "");
  const write = (recording: Recording) => files.appendFileSync(file, `${printRecording(recording)}\n`);
  const writeError = (request: GenerateBody, thrown: unknown) => {
    if (thrown instanceof FormworkError && !thrown.retryable && thrown.code !== "cancelled") {
      write({ request, error: thrown.toBody() });
    }
  };
  const inner = client.connection;

  const recorder: Connection = {
    async generate(request, call) {
      let answer: ReceivedAnswer;
      try {
        answer = await inner.generate(request, call);
      } catch (thrown) {
        writeError(request, thrown);
        throw thrown;
      }
      write({ request, answer });
      return answer;
    },
    async *stream(request, call) {
      const deltas: string[] = [];
      try {
        for await (const event of inner.stream(request, call)) {
          if (event.type === "text") deltas.push(event.text);
          else if (event.type === "finish") write({ request, deltas, answer: event.answer });
          yield event;
        }
      } catch (thrown) {
        writeError(request, thrown);
        throw thrown;
      }
    },
    health: (call) => inner.health(call),
    ready: (call) => inner.ready(call),
    warmup: (wait, call) => inner.warmup(wait, call),
  };
  return clientOver(recorder);
}
