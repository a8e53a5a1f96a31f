import { FormworkError } from "../../errors.js";
import type { Client } from "../client.js";
import type { Connection, GenerateBody, ReceivedAnswer } from "../connection.js";
import { clientOver } from "../createClient.js";
import { fileSystem } from "./files.js";
import { printRecording, type Recording } from "./recording.js";

/** How a recording is written. */
export interface RecordOptions {
  /** Keep what the file holds. Default false: it starts anew. */
  append?: boolean;
}

/**
 * A client that does what `client` does and writes every generation to `file`, one JSON line each, for `replay`. Errors
 * that would come again (a refused schema, a missing field) are recorded too; those of the moment are not.
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
