import type { Linked } from "./link.js";

export type Example = { name: string } & Pick<Linked, "mode"> & Partial<Linked>;

/** Formats JSON with short values on one line. */
const PERSON = `{
  "type": "object",
  "properties": {
    "name": { "type": "string", "maxLength": 60 },
    "birth_place": { "type": "string", "maxLength": 60 },
    "birth_year": { "type": "integer", "maximum": 2100 },
    "occupation": {
      "enum": [
        "mathematician", "writer",
        "engineer", "other"
      ]
    }
  },
  "required": [
    "name", "birth_place",
    "birth_year", "occupation"
  ]
}`;

const TICKET = `{
  "type": "object",
  "properties": {
    "topic": {
      "enum": ["billing", "bug", "feature request", "other"]
    },
    "urgent": { "type": "boolean" },
    "summary": { "type": "string", "maxLength": 120 }
  },
  "required": ["topic", "urgent", "summary"]
}`;

const FOLDER = `{
  "$ref": "#/$defs/folder",
  "$defs": {
    "folder": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string",
          "pattern": "^[a-z][a-z0-9_.-]{0,15}$"
        },
        "children": {
          "type": "array",
          "items": { "$ref": "#/$defs/folder" },
          "maxItems": 3
        }
      },
      "required": ["name", "children"]
    }
  }
}`;

const WEATHER = `[
  {
    "name": "get_weather",
    "description": "The weather in a city now.",
    "parameters": {
      "type": "object",
      "properties": {
        "city": { "type": "string", "maxLength": 40 },
        "unit": { "enum": ["celsius", "fahrenheit"] }
      },
      "required": ["city", "unit"]
    }
  },
  {
    "name": "get_time",
    "description": "The local time in a city.",
    "parameters": {
      "type": "object",
      "properties": {
        "city": { "type": "string", "maxLength": 40 }
      },
      "required": ["city"]
    }
  }
]`;

export const EXAMPLES: readonly Example[] = [
  {
    name: "A person",
    mode: "document",
    prompt: "Ada Lovelace was born in London in 1815. She was a mathematician.",
    schema: PERSON,
  },
  {
    name: "A support ticket, sorted",
    mode: "document",
    prompt: "The invoice I got yesterday charges me twice for the same seat. Please fix it today!",
    schema: TICKET,
  },
  { name: "A tree", mode: "document", prompt: "The folders of a small web project.", schema: FOLDER },
  {
    name: "Weather and time",
    mode: "chat",
    prompt: "What is the weather in Paris, in celsius?",
    tools: WEATHER,
  },
  {
    name: "A time",
    mode: "regex",
    prompt: "The train to Lyon leaves at 14:35 from platform 7. When does it leave?",
    regex: "([01]\\d|2[0-3]):[0-5]\\d",
  },
  {
    name: "An order number",
    mode: "regex",
    prompt: "Order number A-1234-XY has been shipped. Which order?",
    regex: "[A-Z]-\\d{4}-[A-Z]{2}",
  },
];
