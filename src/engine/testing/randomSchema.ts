import type { JsonSchema } from "../../types.js";
import { RandomGenerator } from "../scheduler/random.js";

/** A schema drawn by `seed`, of the keywords people use, nested a few levels; every one has a valid document. */
export function randomSchema(seed: number): JsonSchema {
  const random = new RandomGenerator(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const chance = (share: number) => random.next() < share;
  const pick = <T>(values: readonly T[]): T => values[below(values.length)];

  const scalar = (): JsonSchema => {
    switch (below(9)) {
      case 0:
        return { type: "boolean" };
      case 1:
        return { type: "integer", minimum: below(100) - 50, maximum: 100 + below(1000) };
      case 2:
        return { type: "number", multipleOf: pick([0.5, 0.01, 3]), minimum: -10, exclusiveMaximum: 1000 };
      case 3:
        return { enum: ["red", "grün", 17, null, [1, { a: true }], "a\nb"].slice(below(4)) };
      case 4:
        return { const: pick<unknown>([0, "x", { k: [1, 2] }, ""]) };
      case 5:
        return { type: "string", pattern: pick(["^[A-Z]{2}-\\d{4}$", "^(a|b)+c?$", "[0-9]"]), maxLength: 30 };
      case 6:
        return { type: "string", format: pick(["date", "email", "uuid", "ipv4", "date-time"]) };
      case 7:
        return { type: ["string", "null"], minLength: below(4), maxLength: 4 + below(10) };
      default:
        return { type: "string", maxLength: below(20) };
    }
  };

  const any = (depth: number): JsonSchema => {
    if (depth === 0 || chance(0.3)) return scalar();
    switch (below(4)) {
      case 0: {
        const [minItems, more] = [below(3), below(3)];
        return {
          type: "array",
          items: any(depth - 1),
          minItems,
          maxItems: minItems + more,
          ...(chance(0.2) ? { prefixItems: [any(depth - 1)] } : {}),
        };
      }
      case 1:
        return { anyOf: [any(depth - 1), any(depth - 1), scalar()] };
      case 2:
        return { type: "object", additionalProperties: any(depth - 1), maxProperties: 3 };
      default: {
        const names = ["id", "naïve name", "items", "__proto__", 'a"b', "value"].filter(() => chance(0.6));
        return {
          type: "object",
          properties: Object.fromEntries(names.map((name) => [name, any(depth - 1)])),
          required: names.filter(() => chance(0.7)),
          additionalProperties: chance(0.2) ? { type: "boolean" } : false,
        };
      }
    }
  };
  return any(3);
}
