import { answer, failures, json } from "./failures.js";
import type { Shape } from "./shapes.js";

/** A route that generates: its schemas, and the operation that refers to them. */
export interface GenerationContract {
  path: string;
  operation: Shape;
  schemas: Record<string, Shape>;
}

export interface GenerationDescription {
  path: string;
  operationId: string;
  summary: string;
  /** Names of the schemas of the request, the answer and the failures. */
  request: string;
  answer: string;
  failure: string;
  /** What a stream consists of, and its content type. */
  events: string;
  eventType?: string;
  schemas: Record<string, Shape>;
}

const requestId = {
  name: "x-request-id",
  in: "header",
  required: false,
  schema: { type: "string", pattern: "^[\\w.:-]{1,128}$" },
  description: "Comes back in the answer's header of the same name; made up where absent.",
};

/** The contract of a surface, put together from its parts. */
export function generationContract(description: GenerationDescription): GenerationContract {
  const { path, operationId, summary, request, failure, events, schemas } = description;
  const type = description.eventType ?? "text/event-stream";
  const whole = answer("The answer; with `stream`, events.", description.answer);
  return {
    path,
    schemas,
    operation: {
      operationId,
      summary,
      parameters: [requestId],
      requestBody: { required: true, content: json(request) },
      responses: {
        "200": {
          ...whole,
          headers: {
            "x-formwork-ignored": {
              schema: { type: "string" },
              description: "Members of the request that were not honoured, separated by commas.",
            },
          },
          content: { ...whole.content, [type]: { schema: { type: "string", description: events } } },
        },
        ...failures(failure),
      },
    },
  };
}
