import type { JsonSchema } from "../../types.js";
import type { Suite } from "../task.js";
import { goldCases, record } from "./gold.js";

/** A tool: name, description, and the schema of its arguments. */
const TOOLS: readonly { name: string; purpose: string; arguments: JsonSchema }[] = [
  {
    name: "get_weather",
    purpose: "the weather of a city",
    arguments: record({
      city: { type: "string", minLength: 1, maxLength: 60 },
      unit: { enum: ["celsius", "fahrenheit"] },
    }),
  },
  {
    name: "set_timer",
    purpose: "start a timer",
    arguments: record({ minutes: { type: "integer", minimum: 1, maximum: 1440 } }),
  },
  {
    name: "send_message",
    purpose: "send a text message to a person",
    arguments: record({
      to: { type: "string", minLength: 1, maxLength: 60 },
      text: { type: "string", minLength: 1, maxLength: 200 },
    }),
  },
  {
    name: "convert_currency",
    purpose: "convert an amount of money",
    arguments: record({
      amount: { type: "number", minimum: 0 },
      from: { type: "string", pattern: "^[A-Z]{3}$" },
      to: { type: "string", pattern: "^[A-Z]{3}$" },
    }),
  },
  {
    name: "search_products",
    purpose: "search the shop",
    arguments: {
      type: "object",
      properties: {
        query: { type: "string", minLength: 1, maxLength: 80 },
        max_price: { type: "number", minimum: 0 },
        in_stock: { type: "boolean" },
      },
      required: ["query"],
      additionalProperties: false,
    },
  },
];

const callSchema: JsonSchema = {
  title: "A call",
  anyOf: TOOLS.map((tool) => record({ name: { const: tool.name }, arguments: tool.arguments })),
};

const SYSTEM = `You answer with the one call that does what the user wants.
${TOOLS.map((tool) => `- ${tool.name}: ${tool.purpose}`).join("\n")}
Example. User: "Convert 5 dollars to yen."
{"name":"convert_currency","arguments":{"amount":5,"from":"USD","to":"JPY"}}`;

/** One tool out of five, with its arguments: an `anyOf` with a constant in each branch. */
export const functionCalling: Suite = {
  name: "function-calling",
  description: "Ten wishes, five tools: the right one with the right arguments.",
  cases: goldCases(
    "function-calling",
    (
      [
        [
          "weather-celsius",
          "What is the weather in Oslo, in Celsius?",
          "get_weather",
          { city: "Oslo", unit: "celsius" },
        ],
        [
          "weather-fahrenheit",
          "Tell me the temperature in Austin in Fahrenheit.",
          "get_weather",
          { city: "Austin", unit: "fahrenheit" },
        ],
        ["timer-minutes", "Set a timer for 12 minutes.", "set_timer", { minutes: 12 }],
        ["timer-hour", "Start a timer of one hour.", "set_timer", { minutes: 60 }],
        [
          "message-late",
          'Send Tom a message that says "I am late".',
          "send_message",
          { to: "Tom", text: "I am late" },
        ],
        ["message-thanks", 'Text "Thank you" to Priya.', "send_message", { to: "Priya", text: "Thank you" }],
        [
          "currency-euro",
          "How much is 250 EUR in GBP?",
          "convert_currency",
          { amount: 250, from: "EUR", to: "GBP" },
        ],
        [
          "currency-decimal",
          "Convert 19.99 USD to CHF.",
          "convert_currency",
          { amount: 19.99, from: "USD", to: "CHF" },
        ],
        [
          "search-price",
          "Find running shoes for at most 80.",
          "search_products",
          { query: "running shoes", max_price: 80 },
        ],
        [
          "search-stock",
          "Search for green tea that is in stock.",
          "search_products",
          { query: "green tea", in_stock: true },
        ],
      ] as const
    ).map(([id, prompt, name, args]) => ({
      id,
      prompt,
      system: SYSTEM,
      schema: callSchema,
      gold: { name, arguments: { ...args } },
      maxTokens: 150,
    })),
  ),
};
