import { record } from "../gold.js";

const text = { type: "string", minLength: 1, maxLength: 80 };

/** Under 600 characters. */
export const smallSchemas = [
  {
    id: "answer",
    prompt: "Is the sea salty?",
    schema: record({ answer: { type: "boolean" } }),
  },
  {
    id: "rating",
    prompt: "Rate this hotel: clean rooms, slow lift, kind staff.",
    schema: record({ stars: { type: "integer", minimum: 1, maximum: 5 }, reason: text }),
  },
  {
    id: "postal-address",
    prompt: "Give the postal address of a bakery in Copenhagen.",
    schema: record({
      name: text,
      street: text,
      house_number: { type: "string", pattern: "^[0-9]{1,4}[A-Z]?$" },
      postal_code: { type: "string", pattern: "^[0-9]{4}$" },
      city: text,
      country: { const: "Denmark" },
    }),
  },
  {
    id: "tags",
    prompt: "Tag an article about growing tomatoes on a balcony.",
    schema: {
      type: "object",
      properties: {
        tags: {
          type: "array",
          minItems: 2,
          maxItems: 6,
          items: { type: "string", pattern: "^[a-z]+(-[a-z]+)*$", maxLength: 24 },
        },
      },
      required: ["tags"],
      additionalProperties: false,
    },
  },
];
