import type { Suite } from "../task.js";
import { goldCases, record } from "./gold.js";

const text = { type: "string", minLength: 1, maxLength: 80 };
const nullableText = { type: ["string", "null"], maxLength: 80 };
const amount = { type: "number", minimum: 0 };
const count = { type: "integer", minimum: 0 };
const day = { description: "YYYY-MM-DD", type: "string", format: "date" };
const list = (items: unknown, maxItems = 6): unknown => ({ type: "array", maxItems, items });

const contact = record({ name: text, email: { type: "string", format: "email" }, company: nullableText });
const order = record({
  order_number: text,
  items: list(record({ product: text, quantity: { type: "integer", minimum: 1 } })),
  total: amount,
  currency: { enum: ["EUR", "USD", "GBP"] },
});
const event = record({ title: text, date: day, city: text, attendees: count });
const measurement = record({ quantity: text, value: { type: "number" }, unit: text });
const job = record({
  title: text,
  location: text,
  remote: { type: "boolean" },
  skills: list(text),
  years: count,
});

const SYSTEM = "Extract what the text says. Use its own words; null where it says nothing.";

/** Extraction of facts from short texts. */
export const extraction: Suite = {
  name: "extraction",
  description: "Seventeen short texts and the facts in them: contacts, orders, events, measurements, jobs.",
  cases: goldCases(
    "extraction",
    [
      {
        id: "contact-signature",
        schema: contact,
        prompt: "Best regards,\nMaria Lindqvist\nNordic Timber AB\nmaria@nordictimber.example",
        gold: { name: "Maria Lindqvist", email: "maria@nordictimber.example", company: "Nordic Timber AB" },
      },
      {
        id: "contact-sentence",
        schema: contact,
        prompt: "You can reach Omar Haddad of Cedar Labs at omar.haddad@cedarlabs.example.",
        gold: { name: "Omar Haddad", email: "omar.haddad@cedarlabs.example", company: "Cedar Labs" },
      },
      {
        id: "contact-without-company",
        schema: contact,
        prompt: "Hi, this is Jin Park, please write to jin@park.example. Thanks!",
        gold: { name: "Jin Park", email: "jin@park.example", company: null },
      },
      {
        id: "contact-accents",
        schema: contact,
        prompt: "Contact: Zoë Müller (Käserei Brühl), zoe@kaeserei.example",
        gold: { name: "Zoë Müller", email: "zoe@kaeserei.example", company: "Käserei Brühl" },
      },
      {
        id: "order-two-items",
        schema: order,
        prompt: "Order A-1042: 2 desk lamps and 1 office chair, total 189.50 EUR.",
        gold: {
          order_number: "A-1042",
          items: [
            { product: "desk lamp", quantity: 2 },
            { product: "office chair", quantity: 1 },
          ],
          total: 189.5,
          currency: "EUR",
        },
      },
      {
        id: "order-dollars",
        schema: order,
        prompt: "Your order #77120 is confirmed: 12 notebooks. You paid $36.",
        gold: {
          order_number: "77120",
          items: [{ product: "notebooks", quantity: 12 }],
          total: 36,
          currency: "USD",
        },
      },
      {
        id: "order-pounds",
        schema: order,
        prompt: "Invoice for order LDN-9: 3 teapots, 6 cups. Amount due: £74.20",
        gold: {
          order_number: "LDN-9",
          items: [
            { product: "teapots", quantity: 3 },
            { product: "cups", quantity: 6 },
          ],
          total: 74.2,
          currency: "GBP",
        },
      },
      {
        id: "event-conference",
        schema: event,
        prompt: "The Harbour Data Conference took place in Rotterdam on 2023-09-14 with 340 attendees.",
        gold: { title: "Harbour Data Conference", date: "2023-09-14", city: "Rotterdam", attendees: 340 },
      },
      {
        id: "event-written-date",
        schema: event,
        prompt: "On 3 May 2021, 25 people came to the Spring Book Club in Porto.",
        gold: { title: "Spring Book Club", date: "2021-05-03", city: "Porto", attendees: 25 },
      },
      {
        id: "event-thousands",
        schema: event,
        prompt: "Lima, 2019-12-01: the City Night Run drew 12,500 runners.",
        gold: { title: "City Night Run", date: "2019-12-01", city: "Lima", attendees: 12500 },
      },
      {
        id: "measurement-temperature",
        schema: measurement,
        prompt: "The oven reached a temperature of 220 degrees Celsius.",
        gold: { quantity: "temperature", value: 220, unit: "degrees Celsius" },
      },
      {
        id: "measurement-negative",
        schema: measurement,
        prompt: "At the summit the temperature was -18.5 °C.",
        gold: { quantity: "temperature", value: -18.5, unit: "°C" },
      },
      {
        id: "measurement-pressure",
        schema: measurement,
        prompt: "Tyre pressure: 2.4 bar.",
        gold: { quantity: "tyre pressure", value: 2.4, unit: "bar" },
      },
      {
        id: "job-remote",
        schema: job,
        prompt:
          "Backend Engineer, Lisbon, fully remote. You know Go, PostgreSQL and Kubernetes and have 4 years of experience.",
        gold: {
          title: "Backend Engineer",
          location: "Lisbon",
          remote: true,
          skills: ["Go", "PostgreSQL", "Kubernetes"],
          years: 4,
        },
      },
      {
        id: "job-on-site",
        schema: job,
        prompt:
          "We need a Pastry Chef in Vienna, on site, with 2 years in a bakery. Skills: chocolate, laminated dough.",
        gold: {
          title: "Pastry Chef",
          location: "Vienna",
          remote: false,
          skills: ["chocolate", "laminated dough"],
          years: 2,
        },
      },
      {
        id: "ingredients",
        schema: record({
          dish: text,
          servings: count,
          ingredients: list(record({ name: text, grams: count }), 8),
        }),
        prompt: "Pancakes for 4: 250 g flour, 500 g milk, 100 g eggs.",
        gold: {
          dish: "Pancakes",
          servings: 4,
          ingredients: [
            { name: "flour", grams: 250 },
            { name: "milk", grams: 500 },
            { name: "eggs", grams: 100 },
          ],
        },
      },
      {
        id: "flight",
        schema: record({
          flight: { type: "string", pattern: "^[A-Z]{2}[0-9]{2,4}$" },
          from: { type: "string", pattern: "^[A-Z]{3}$" },
          to: { type: "string", pattern: "^[A-Z]{3}$" },
          departure: { description: "HH:MM", type: "string", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" },
          delayed: { type: "boolean" },
        }),
        prompt: "Flight TP204 from LIS to EWR leaves at 10:35, on time.",
        gold: { flight: "TP204", from: "LIS", to: "EWR", departure: "10:35", delayed: false },
      },
    ],
    SYSTEM,
  ),
};
