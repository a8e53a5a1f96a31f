import { answer, failures, json } from "./errorSchemas.js";
import type { Shape } from "./shapes.js";

/** A generation route: its schemas, and the operation that refers to them. */
export interface GenerationContract {
  path: string;
  operation: Shape;
  schemas: Record<string, Shape>;
}

export interface GenerationDescription {
  path: string;
  operationId: string;
  summary: string;
  /** Names of the schemas of request, answer and errors. */
  request: string;
  answer: string;
  failure: string;
  /** The content and content type of a stream. */
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

/** Builds the contract of a surface. */
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
              description: "Members of the request that had no effect, separated by commas.",
            },
          },
          content: { ...whole.content, [type]: { schema: { type: "string", description: events } } },
        },
        ...failures(failure),
      },
    },
  };
}
