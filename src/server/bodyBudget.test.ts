import fc from "fast-check";
import { expect, test } from "vitest";
import { BodyBudget, type BodyShare, SMALL_BODY_BYTES } from "./bodyBudget.js";
import { person, testApp } from "./testing/app.js";

test("law: large bodies never take more than their bytes, and what left leaves nothing behind", () => {
  const step = fc.record({ who: fc.nat(5), length: fc.nat(3 * SMALL_BODY_BYTES), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bytes = 6 * SMALL_BODY_BYTES;
      const budget = new BodyBudget({ bodies: 6, bytes });
      const open = new Map<number, { share: BodyShare; length: number }>();
      for (const { who, length, leaves } of steps) {
        const body = open.get(who) ?? { share: budget.enter(), length: 0 };
        open.set(who, body);
        try {
          body.share.take(length);
          body.length += length;
        } catch (error) {
          expect(error).toMatchObject({ code: "queue_full" });
        }
        const large = [...open.values()].filter((one) => one.length > SMALL_BODY_BYTES);
        expect(large.reduce((sum, one) => sum + one.length, 0)).toBeLessThanOrEqual(bytes);
        if (!leaves) continue;
        body.share.leave();
        open.delete(who);
      }
      for (const { share } of open.values()) share.leave();
      budget.enter().take(bytes);
    }),
  );
});

test("a body that finds no room is refused before it is read, with Retry-After", async () => {
  const { app, post } = testApp({}, { bodies: { bodies: 0, bytes: 0 } });
  const answer = await post("/generate", { prompt: "Ada", schema: person });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect((await app.request("/health")).status).toBe(200);
});

test("the engine's queue is looked at before the body is read", async () => {
  const { engine, post } = testApp();
  engine.full = true;
  expect((await post("/generate", "not even JSON")).status).toBe(503);
  engine.full = false;
  expect((await post("/generate", { prompt: "Ada", schema: person })).status).toBe(200);
});
