import { record } from "../gold.js";

const text = { type: "string", minLength: 1, maxLength: 80 };
const amount = { type: "number", minimum: 0 };

/** Between 600 and 2,500 characters. */
export const mediumSchemas = [
  {
    id: "invoice",
    prompt: "Write an invoice of a bicycle repair shop for new brakes and an hour of work.",
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "Invoice",
      type: "object",
      properties: {
        number: { type: "string", pattern: "^INV-[0-9]{4}-[0-9]{3}$" },
        issued: { type: "string", format: "date" },
        seller: { $ref: "#/$defs/party" },
        buyer: { $ref: "#/$defs/party" },
        lines: {
          type: "array",
          minItems: 1,
          maxItems: 4,
          items: {
            type: "object",
            properties: {
              description: text,
              quantity: { type: "integer", minimum: 1, maximum: 99 },
              unit_price: amount,
              tax_percent: { enum: [0, 7, 19] },
            },
            required: ["description", "quantity", "unit_price", "tax_percent"],
            additionalProperties: false,
          },
        },
        total: amount,
        currency: { enum: ["EUR", "USD", "GBP", "CHF"] },
        paid: { type: "boolean" },
      },
      required: ["number", "issued", "seller", "buyer", "lines", "total", "currency", "paid"],
      additionalProperties: false,
      $defs: {
        party: {
          type: "object",
          properties: { name: text, city: text, tax_id: { type: ["string", "null"], maxLength: 20 } },
          required: ["name", "city", "tax_id"],
          additionalProperties: false,
        },
      },
    },
  },
  {
    id: "comment-tree",
    prompt: "Two people discuss whether tea is better than coffee, in a short thread.",
    schema: {
      type: "object",
      properties: { root: { $ref: "#/$defs/comment" } },
      required: ["root"],
      additionalProperties: false,
      $defs: {
        comment: {
          type: "object",
          properties: {
            author: { type: "string", pattern: "^[A-Z][a-z]{1,11}$" },
            text: { type: "string", minLength: 1, maxLength: 120 },
            likes: { type: "integer", minimum: 0, maximum: 1000 },
            replies: { type: "array", maxItems: 2, items: { $ref: "#/$defs/comment" } },
          },
          required: ["author", "text", "likes", "replies"],
          additionalProperties: false,
        },
      },
    },
  },
  {
    id: "payment-method",
    prompt: "Give a payment method: a bank card of Ada Lovelace.",
    schema: {
      type: "object",
      properties: {
        method: {
          anyOf: [
            record({
              kind: { const: "card" },
              holder: text,
              number: { type: "string", pattern: "^[0-9]{4}( [0-9]{4}){3}$" },
              expires: { type: "string", pattern: "^(0[1-9]|1[0-2])/[0-9]{2}$" },
            }),
            record({
              kind: { const: "transfer" },
              account: { type: "string", pattern: "^[A-Z]{2}[0-9]{18,22}$" },
              bank: text,
            }),
            record({ kind: { const: "cash" } }),
          ],
        },
        default: { type: "boolean" },
      },
      required: ["method", "default"],
      additionalProperties: false,
    },
  },
  {
    id: "lesson-plan",
    prompt: "Plan a lesson about volcanoes for ten-year-olds.",
    schema: record({
      subject: text,
      level: { enum: ["beginner", "intermediate", "advanced"] },
      minutes: { type: "integer", minimum: 10, maximum: 120 },
      goals: { type: "array", minItems: 1, maxItems: 3, items: text },
      steps: {
        type: "array",
        minItems: 2,
        maxItems: 4,
        items: record({
          title: text,
          minutes: { type: "integer", minimum: 1, maximum: 60 },
          activity: { enum: ["talk", "group work", "experiment", "reading", "quiz"] },
          materials: { type: "array", maxItems: 3, items: text },
        }),
      },
      homework: { type: ["string", "null"], maxLength: 120 },
    }),
  },
];
