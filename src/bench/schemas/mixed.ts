import type { BenchSchema } from "./index.js";

const text = { type: "string", maxLength: 60 };

/** Keys and values in balance: names, numbers, patterns, nested lists. */
export const mixed: readonly BenchSchema[] = [
  {
    id: "4-person",
    kind: "mixed",
    prompt:
      "Ada Lovelace, born in London in 1815, was a mathematician who wrote about the Analytical Engine.",
    schema: {
      type: "object",
      properties: {
        name: text,
        born: { type: "integer", minimum: 1000, maximum: 2100 },
        birthplace: text,
        occupation: text,
        known_for: { type: "array", minItems: 1, maxItems: 3, items: text },
      },
      required: ["name", "born", "birthplace", "occupation", "known_for"],
      additionalProperties: false,
    },
    maxTokens: 160,
  },
  {
    id: "5-api-call",
    kind: "mixed",
    prompt:
      "Book a table for four at a quiet restaurant in Lyon on 12 June 2025 at half past seven in the evening.",
    schema: {
      type: "object",
      properties: {
        method: { enum: ["GET", "POST", "PUT", "DELETE"] },
        path: { type: "string", pattern: "^/v1/[a-z]{3,20}(/[a-z0-9]{1,12})?$" },
        body: {
          type: "object",
          properties: {
            city: text,
            date: { type: "string", pattern: "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" },
            time: { type: "string", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" },
            guests: { type: "integer", minimum: 1, maximum: 20 },
            wishes: {
              type: "array",
              maxItems: 3,
              items: { enum: ["quiet", "window", "terrace", "vegetarian", "step-free"] },
            },
          },
          required: ["city", "date", "time", "guests", "wishes"],
          additionalProperties: false,
        },
      },
      required: ["method", "path", "body"],
      additionalProperties: false,
    },
    maxTokens: 200,
  },
  {
    id: "6-invoice",
    kind: "mixed",
    prompt:
      "Invoice of the bakery Brot & Korn to the hotel Seeblick for 40 rolls, 5 loaves of rye bread and delivery.",
    schema: {
      type: "object",
      properties: {
        number: { type: "string", pattern: "^[0-9]{4}-[0-9]{3}$" },
        seller: { $ref: "#/$defs/party" },
        buyer: { $ref: "#/$defs/party" },
        lines: {
          type: "array",
          minItems: 2,
          maxItems: 4,
          items: {
            type: "object",
            properties: {
              description: text,
              quantity: { type: "integer", minimum: 1, maximum: 999 },
              unit_price_cents: { type: "integer", minimum: 1, maximum: 100000 },
              tax_percent: { enum: [0, 7, 19] },
            },
            required: ["description", "quantity", "unit_price_cents", "tax_percent"],
            additionalProperties: false,
          },
        },
        currency: { enum: ["EUR", "CHF", "USD"] },
        payment_due_days: { enum: [7, 14, 30] },
      },
      required: ["number", "seller", "buyer", "lines", "currency", "payment_due_days"],
      additionalProperties: false,
      $defs: {
        party: {
          type: "object",
          properties: { name: text, street: text, city: text },
          required: ["name", "street", "city"],
          additionalProperties: false,
        },
      },
    },
    maxTokens: 480,
  },
];
