import { expect, it } from "vitest";
import { compileSchema, type Matcher } from "../../constraint/index.js";
import { Harness, PERSON } from "../testing/harness.js";

/** Milliseconds, simulated: a card's step, a mask, and a piece of text on its way to the client. */
const STEP_MS = 5;
const MASK_MS = 0.8;
const TEXT_MS = 0.5;
const REQUESTS = 3;

/** Runs requests side by side on a clock that moves only by the times above; `aside`: the card computes while we work. */
function simulate(aside: boolean): {
  texts: string[];
  total: number;
  waited: number;
  worked: number;
  steps: number;
} {
  const harness = new Harness({ maxSequences: REQUESTS }, { decodesAside: aside });
  const { runtime } = harness;
  let now = 0;
  let readyAt = 0;
  let waited = 0;
  let worked = 0;
  let steps = 0;
  const wait = () => {
    waited += Math.max(readyAt - now, 0);
    now = Math.max(readyAt, now);
  };
  const work = (milliseconds: number) => {
    worked += milliseconds;
    now += milliseconds;
  };
  const decode = runtime.decode.bind(runtime);
  const logits = runtime.logits.bind(runtime);
  runtime.decode = () => {
    steps++;
    decode();
    readyAt = now + STEP_MS;
    if (!aside) wait();
  };
  runtime.logits = (row) => {
    wait();
    return logits(row);
  };
  const all = Array.from({ length: REQUESTS }, (_, i) => {
    const matcher = compileSchema(PERSON, { maxWhitespace: 0 }).matcher(runtime.vocabulary);
    const fillMask = matcher.fillMask.bind(matcher);
    const counted: Matcher = Object.assign(matcher, {
      fillMask: (mask: Uint32Array) => {
        work(MASK_MS);
        fillMask(mask);
      },
    });
    const asked = harness.ask({ prompt: `person ${i}`, matcher: counted, maxTokens: 120 });
    asked.deltas.push = (text: string) => {
      work(TEXT_MS);
      return Array.prototype.push.call(asked.deltas, text);
    };
    return asked;
  });
  harness.run();
  for (const asked of all) expect(asked.deltas.join("")).toBe(asked.outcome!.text);
  return { texts: all.map(({ text }) => text), total: now, waited, worked, steps };
}

it("masks and text take no time of their own while a card computes", () => {
  const [inTurns, aside] = [simulate(false), simulate(true)];
  expect(aside.texts).toEqual(inTurns.texts);
  expect(aside.steps).toBe(inTurns.steps);
  expect(inTurns.total).toBeCloseTo(inTurns.steps * STEP_MS + inTurns.worked);
  // Only what ends an answer is handed out before the next step has begun.
  expect(aside.total).toBeLessThanOrEqual(aside.steps * STEP_MS + REQUESTS * TEXT_MS);
  expect(aside.waited).toBeCloseTo(aside.total - aside.worked);
});
