import type { JsonSchema } from "../../../types.js";

/** One request of the mix: its body for `/generate`, and the expected answer. */
export interface MixedRequest {
  kind: "record" | "list" | "enumeration" | "choice" | "leaver" | "hostile";
  body: Record<string, unknown>;
  /** Milliseconds after which the client disconnects. */
  leaveMs: number;
  /** The schema of the document; absent if the answer is one of `choice`. */
  schema?: JsonSchema;
  choice?: readonly string[];
}

export interface Mix {
  hostile: readonly JsonSchema[];
  /** Fraction of all requests. */
  hostileShare: number;
  /** Milliseconds after which the client of a hostile schema disconnects. */
  timeoutMs: number;
  /** Milliseconds after which any other request counts as hung. */
  hangMs: number;
}

/** More than the compiled schemas that the engine and the validator keep. */
const SCHEMAS = 400;

/** One in ten ordinary clients disconnects after this many milliseconds. */
const LEAVE_MS = 150;

const CHOICE = ["north", "south", "east", "west"];

/** Ordinary schemas, the `number`th of its kind. */
const ORDINARY = {
  record: (number: number): JsonSchema => ({
    type: "object",
    properties: {
      name: { type: "string", maxLength: 16 },
      [`count${number % SCHEMAS}`]: { type: "integer", minimum: 0, maximum: 999 },
    },
    required: ["name", `count${number % SCHEMAS}`],
    additionalProperties: false,
  }),
  list: (number: number): JsonSchema => ({
    type: "array",
    items: { type: "integer", minimum: 0, maximum: 99 },
    minItems: 1,
    maxItems: 2 + (number % 4),
  }),
  enumeration: (number: number): JsonSchema => ({
    type: "object",
    properties: { answer: { enum: ["yes", "no", `see ${number % SCHEMAS}`] } },
    required: ["answer"],
    additionalProperties: false,
  }),
};

/** The `number`th request; `random` decides its kind. */
export function mixedRequest(number: number, random: () => number, mix: Mix): MixedRequest {
  const { hostile, hostileShare, timeoutMs, hangMs } = mix;
  const body = { prompt: `Request ${number}.`, max_tokens: 48, seed: number };
  if (random() < hostileShare) {
    const schema = hostile[Math.floor(random() * hostile.length)];
    return { kind: "hostile", body: { ...body, schema }, leaveMs: timeoutMs, schema };
  }
  const kind = (["record", "list", "enumeration", "choice"] as const)[Math.floor(random() * 4)];
  const content = kind === "choice" ? { choice: CHOICE } : { schema: ORDINARY[kind](number) };
  const leaves = random() < 0.1;
  return {
    kind: leaves ? "leaver" : kind,
    body: { ...body, ...content },
    leaveMs: leaves ? LEAVE_MS : hangMs,
    ...content,
  };
}
