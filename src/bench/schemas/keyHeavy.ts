import type { BenchSchema } from "./index.js";

const flag = { type: "boolean" };
const object = (properties: Record<string, unknown>): Record<string, unknown> => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** The schema determines most of the document: keys, constants, flags, short codes. */
export const keyHeavy: readonly BenchSchema[] = [
  {
    id: "1-verdict",
    kind: "key-heavy",
    prompt: "A customer returns an unopened kettle after five days. Is the return accepted?",
    schema: object({
      return_accepted: flag,
      reason_code: { enum: ["within_period", "period_over", "damaged", "no_receipt"] },
    }),
    maxTokens: 48,
  },
  {
    id: "2-routing",
    kind: "key-heavy",
    prompt: "Route this message: my invoice of March shows the wrong address, please correct it.",
    schema: {
      anyOf: [
        object({
          department: { const: "billing" },
          topic: { enum: ["wrong_amount", "wrong_address", "refund", "copy_of_invoice"] },
          invoice_month: { type: "integer", minimum: 1, maximum: 12 },
          needs_reply: flag,
        }),
        object({
          department: { const: "support" },
          severity: { enum: ["low", "normal", "high", "critical"] },
          product_area: { enum: ["installation", "login", "export", "performance"] },
          needs_reply: flag,
        }),
      ],
    },
    maxTokens: 80,
  },
  {
    id: "3-switches",
    kind: "key-heavy",
    prompt: "Choose sensible notification settings for a quiet person who works nights.",
    schema: object({
      notifications: object({
        email_on_new_message: flag,
        email_on_weekly_summary: flag,
        push_on_new_message: flag,
        push_on_mention_only: flag,
        sound_enabled: flag,
        vibration_enabled: flag,
        quiet_hours_enabled: flag,
        quiet_hours_start: { type: "integer", minimum: 0, maximum: 23 },
        quiet_hours_end: { type: "integer", minimum: 0, maximum: 23 },
      }),
      privacy: object({
        show_online_status: flag,
        show_read_receipts: flag,
        allow_messages_from: { enum: ["everyone", "contacts", "nobody"] },
        share_usage_statistics: flag,
      }),
      display: object({
        theme: { enum: ["light", "dark", "system"] },
        font_size: { enum: ["small", "medium", "large"] },
        reduce_motion: flag,
        high_contrast: flag,
      }),
    }),
    maxTokens: 320,
  },
];
