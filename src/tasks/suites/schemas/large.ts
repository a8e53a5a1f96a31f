import { record } from "../gold.js";

const text = { type: "string", minLength: 1, maxLength: 60 };
const flag = { type: "boolean" };
const amount = { type: "number", minimum: 0, maximum: 1_000_000 };
const day = { type: "string", format: "date" };
const percent = { type: "integer", minimum: 0, maximum: 100 };

const person = record({
  given_name: text,
  family_name: text,
  date_of_birth: day,
  email: { type: "string", format: "email" },
  phone: { type: "string", pattern: "^\\+[0-9]{7,14}$" },
});
const address = record({
  street: text,
  city: text,
  postal_code: { type: "string", pattern: "^[A-Z0-9 -]{3,10}$" },
  country_code: { type: "string", pattern: "^[A-Z]{2}$" },
});

/** Over 2,500 characters. */
export const largeSchemas = [
  {
    id: "insurance-claim",
    prompt: "A storm broke two windows of a house in Galway. Fill in the insurance claim of Aoife Kelly.",
    schema: record({
      claim_number: { type: "string", pattern: "^C[0-9]{6}$" },
      reported: day,
      policy: record({
        number: { type: "string", pattern: "^P-[0-9]{8}$" },
        product: { enum: ["household", "building", "vehicle", "travel", "liability"] },
        valid_from: day,
        valid_to: day,
        deductible: amount,
      }),
      claimant: person,
      address,
      incident: record({
        date: day,
        cause: { enum: ["storm", "fire", "water", "theft", "collision", "vandalism", "other"] },
        description: { type: "string", minLength: 1, maxLength: 160 },
        police_report: { anyOf: [{ type: "null" }, record({ station: text, reference: text, filed: day })] },
        witnesses: { type: "array", maxItems: 2, items: person },
      }),
      damages: {
        type: "array",
        minItems: 1,
        maxItems: 3,
        items: record({
          item: text,
          category: { enum: ["building", "furniture", "electronics", "clothing", "vehicle", "other"] },
          purchase_price: amount,
          repair_cost: amount,
          total_loss: flag,
        }),
      },
      payout: record({
        method: { enum: ["bank transfer", "cheque"] },
        account: { type: "string", pattern: "^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,18}$" },
        currency: { enum: ["EUR", "GBP", "USD"] },
        estimate: amount,
      }),
      consents: record({ data_processing: flag, contact_by_phone: flag, expert_visit: flag }),
    }),
  },
  {
    id: "build-pipeline",
    prompt: "Configure the build of a small web application: install, test, build, deploy to staging.",
    schema: {
      $schema: "http://json-schema.org/draft-07/schema#",
      title: "Build pipeline",
      type: "object",
      properties: {
        version: { const: 2 },
        name: { type: "string", pattern: "^[a-z][a-z0-9-]{1,30}$" },
        triggers: {
          type: "object",
          properties: {
            push: { $ref: "#/definitions/branches" },
            pull_request: { $ref: "#/definitions/branches" },
            schedule: { type: "string", pattern: "^[0-9*/, -]{9,40}$" },
          },
          minProperties: 1,
          additionalProperties: false,
        },
        environment: {
          type: "object",
          propertyNames: { pattern: "^[A-Z][A-Z0-9_]{0,30}$" },
          additionalProperties: { type: "string", maxLength: 60 },
          maxProperties: 3,
        },
        jobs: { type: "array", minItems: 1, maxItems: 4, items: { $ref: "#/definitions/job" } },
        notifications: {
          type: "array",
          maxItems: 2,
          items: {
            anyOf: [
              {
                type: "object",
                properties: { kind: { const: "email" }, to: { type: "string", format: "email" } },
                required: ["kind", "to"],
                additionalProperties: false,
              },
              {
                type: "object",
                properties: {
                  kind: { const: "webhook" },
                  url: { type: "string", format: "uri", maxLength: 80 },
                  on: { enum: ["success", "failure", "always"] },
                },
                required: ["kind", "url", "on"],
                additionalProperties: false,
              },
            ],
          },
        },
      },
      required: ["version", "name", "triggers", "jobs"],
      additionalProperties: false,
      definitions: {
        branches: {
          type: "object",
          properties: {
            include: {
              type: "array",
              minItems: 1,
              maxItems: 3,
              items: { type: "string", minLength: 1, maxLength: 30 },
            },
            exclude: { type: "array", maxItems: 2, items: { type: "string", minLength: 1, maxLength: 30 } },
          },
          required: ["include"],
          additionalProperties: false,
        },
        job: {
          type: "object",
          properties: {
            id: { type: "string", pattern: "^[a-z][a-z_]{1,20}$" },
            image: { type: "string", pattern: "^[a-z0-9./-]+:[a-z0-9.-]+$", maxLength: 40 },
            needs: { type: "array", maxItems: 2, items: { type: "string", pattern: "^[a-z][a-z_]{1,20}$" } },
            timeout_minutes: { type: "integer", minimum: 1, maximum: 360 },
            retries: { type: "integer", minimum: 0, maximum: 3 },
            allow_failure: flag,
            steps: {
              type: "array",
              minItems: 1,
              maxItems: 3,
              items: {
                type: "object",
                properties: {
                  name: text,
                  run: { type: "string", minLength: 1, maxLength: 80 },
                  shell: { enum: ["sh", "bash"] },
                  continue_on_error: flag,
                },
                required: ["name", "run"],
                additionalProperties: false,
              },
            },
          },
          required: ["id", "image", "steps"],
          additionalProperties: false,
        },
      },
    },
  },
  {
    id: "patient-record",
    prompt: "A patient of 54 years comes for a check-up with high blood pressure. Write the record.",
    schema: record({
      record_id: { type: "string", format: "uuid" },
      patient: person,
      address,
      visit: record({
        date: day,
        department: { enum: ["general", "cardiology", "orthopaedics", "neurology", "dermatology"] },
        reason: { type: "string", minLength: 1, maxLength: 120 },
        first_visit: flag,
      }),
      vital_signs: record({
        systolic: { type: "integer", minimum: 60, maximum: 250 },
        diastolic: { type: "integer", minimum: 30, maximum: 150 },
        pulse: { type: "integer", minimum: 30, maximum: 220 },
        temperature_celsius: { type: "number", minimum: 30, maximum: 45 },
        oxygen_percent: percent,
        weight_kg: { type: "number", minimum: 1, maximum: 400 },
        height_cm: { type: "integer", minimum: 30, maximum: 260 },
      }),
      history: record({
        smoker: { enum: ["never", "former", "current"] },
        alcohol: { enum: ["none", "occasional", "regular"] },
        allergies: { type: "array", maxItems: 3, items: text },
        chronic_conditions: { type: "array", maxItems: 3, items: text },
        operations: {
          type: "array",
          maxItems: 2,
          items: record({ name: text, year: { type: "integer", minimum: 1930, maximum: 2030 } }),
        },
      }),
      diagnoses: {
        type: "array",
        minItems: 1,
        maxItems: 2,
        items: record({
          code: { type: "string", pattern: "^[A-Z][0-9]{2}(\\.[0-9]{1,2})?$" },
          name: text,
          certainty: { enum: ["suspected", "confirmed", "excluded"] },
        }),
      },
      medication: {
        type: "array",
        maxItems: 2,
        items: record({
          name: text,
          dose_mg: { type: "number", minimum: 0.1, maximum: 5000 },
          times_a_day: { type: "integer", minimum: 1, maximum: 6 },
          with_food: flag,
        }),
      },
      follow_up: {
        anyOf: [
          { type: "null" },
          record({ weeks: { type: "integer", minimum: 1, maximum: 52 }, purpose: text }),
        ],
      },
    }),
  },
];
