import type { Suite } from "../task.js";
import { goldCases, record } from "./gold.js";

const sentiment = record({ sentiment: { enum: ["positive", "negative", "neutral"] } });
const ticket = record({
  category: { enum: ["billing", "bug", "feature request", "account access", "other"] },
  urgent: { type: "boolean" },
});
const language = record({ language: { enum: ["English", "German", "French", "Spanish", "Portuguese"] } });
const spam = record({ spam: { type: "boolean" } });
const topics = record({
  topics: {
    type: "array",
    minItems: 1,
    maxItems: 3,
    items: { enum: ["sports", "politics", "technology", "health", "finance"] },
  },
});

/** Labels for short texts; the answer is one of a few. */
export const classification: Suite = {
  name: "classification",
  description: "Eighteen short texts and the label of each: sentiment, tickets, languages, spam, topics.",
  cases: goldCases("classification", [
    ...sentiments([
      ["delight", "The new kettle is wonderful. I use it every day and love it.", "positive"],
      ["praise", "Quick delivery, friendly staff, perfect fit. Thank you!", "positive"],
      ["broken", "It broke after two days and nobody answers my mails. Awful.", "negative"],
      ["waste", "A complete waste of money. I am very disappointed.", "negative"],
      ["statement", "The parcel weighs two kilograms and is made of paper.", "neutral"],
    ]),
    ...tickets([
      ["double-charge", "I was charged twice for my subscription this month.", "billing", false],
      ["crash", "URGENT: the app crashes for all our customers as soon as they open it!", "bug", true],
      ["dark-mode", "It would be nice if you could add a dark mode some day.", "feature request", false],
      ["locked-out", "I forgot my password and cannot log in.", "account access", false],
    ]),
    ...languages([
      ["german", "Wo finde ich den nächsten Bahnhof?", "German"],
      ["french", "Je voudrais un café et un croissant, s'il vous plaît.", "French"],
      ["spanish", "Mañana vamos a la playa con los niños.", "Spanish"],
      ["portuguese", "Obrigado, não preciso de mais nada.", "Portuguese"],
    ]),
    {
      id: "spam-prize",
      schema: spam,
      prompt: "Is this message spam?\nYOU WON $1,000,000!!! Click here now to claim your prize!",
      gold: { spam: true },
    },
    {
      id: "spam-colleague",
      schema: spam,
      prompt: "Is this message spam?\nHi Ana, the meeting is moved to Thursday at ten. See you, Tom",
      gold: { spam: false },
    },
    {
      id: "topics-match",
      schema: topics,
      prompt: "Name the topics of this text.\nThe home team won the final with a goal in the last minute.",
      gold: { topics: ["sports"] },
    },
    {
      id: "topics-chips",
      schema: topics,
      prompt: "Name the topics of this text.\nShares of the chip maker rose as it showed a faster processor.",
      gold: { topics: ["technology", "finance"] },
    },
    {
      id: "topics-vaccine",
      schema: topics,
      prompt: "Name the topics of this text.\nDoctors advise to be vaccinated before the winter.",
      gold: { topics: ["health"] },
    },
  ]),
};

function sentiments(rows: readonly (readonly [string, string, string])[]) {
  return rows.map(([id, review, label]) => ({
    id: `sentiment-${id}`,
    schema: sentiment,
    prompt: `What is the sentiment of this review?\n${review}`,
    gold: { sentiment: label },
    maxTokens: 60,
  }));
}

function tickets(rows: readonly (readonly [string, string, string, boolean])[]) {
  return rows.map(([id, message, category, urgent]) => ({
    id: `ticket-${id}`,
    schema: ticket,
    prompt: `Sort this support message.\n${message}`,
    gold: { category, urgent },
    maxTokens: 60,
  }));
}

function languages(rows: readonly (readonly [string, string, string])[]) {
  return rows.map(([id, sentence, label]) => ({
    id: `language-${id}`,
    schema: language,
    prompt: `Which language is this?\n${sentence}`,
    gold: { language: label },
    maxTokens: 60,
  }));
}
