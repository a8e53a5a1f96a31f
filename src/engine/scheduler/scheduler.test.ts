import { describe, expect, it } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { FormworkError } from "../../errors.js";
import { GREEDY, Harness, PERSON } from "../testing/harness.js";

const accepts = (text: string) => compileSchema(PERSON).accepts(text);

function thrown(action: () => unknown): FormworkError {
  try {
    action();
  } catch (error) {
    if (error instanceof FormworkError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

describe("one request", () => {
  it("writes a whole document and streams exactly its text", () => {
    const answer = new Harness().answer();
    expect(answer.error).toBeUndefined();
    expect(accepts(answer.text)).toBe(true);
    expect(answer.outcome).toMatchObject({ finishReason: "stop", text: answer.text });
    expect(answer.outcome!.forcedTokens).toBeGreaterThan(5);
    expect(answer.outcome!.completionTokens).toBeGreaterThan(answer.outcome!.forcedTokens);
  });

  it("streams whole characters only", () => {
    const schema = { type: "string", minLength: 3, maxLength: 3, pattern: "^[äöü€😀]*$" };
    const answer = new Harness().answer({ schema });
    expect(answer.deltas.join("")).toBe(answer.outcome!.text);
    expect(answer.deltas.every((delta) => !delta.includes("\ufffd"))).toBe(true);
    expect([...JSON.parse(answer.text)]).toHaveLength(3);
  });

  it("needs no decode where the schema leaves no choice", () => {
    const harness = new Harness();
    const answer = harness.answer({ schema: { const: { a: [true, null, "x"] } } });
    expect(answer.text).toBe('{"a":[true,null,"x"]}');
    expect(answer.outcome).toMatchObject({ finishReason: "stop" });
    expect(harness.scheduler.counters.steps).toBe(0);
  });

  it("ends free text at the end token or at the budget", () => {
    const harness = new Harness({}, { prefer: (tokens) => (tokens.length < 30 ? 97 : 256) });
    const short = harness.answer({ free: true, prompt: "0123456789", maxTokens: 5 });
    expect(short.outcome).toMatchObject({ text: "aaaaa", finishReason: "length", completionTokens: 5 });
    const long = harness.answer({ free: true, prompt: "0123456789", maxTokens: 50 });
    expect(long.outcome).toMatchObject({ text: "a".repeat(20), finishReason: "stop" });
  });
});

describe("the token budget", () => {
  it("refuses less than the least number, and that number works", () => {
    const harness = new Harness();
    const error = thrown(() => harness.ask({ maxTokens: 1 }));
    expect(error.code).toBe("budget_too_small");
    const least = Number(/needs (\d+) tokens/.exec(error.message)![1]);
    expect(thrown(() => harness.ask({ maxTokens: least - 1 })).code).toBe("budget_too_small");
    for (let seed = 0; seed < 20; seed++) {
      const answer = harness.answer({ maxTokens: least, sampling: { temperature: 1, seed } });
      expect(answer.outcome!.completionTokens).toBeLessThanOrEqual(least);
      expect(accepts(answer.text)).toBe(true);
    }
  });

  it("closes the document in time, whatever the budget", () => {
    const harness = new Harness();
    const least = Number(/needs (\d+)/.exec(thrown(() => harness.ask({ maxTokens: 1 })).message)![1]);
    const reasons = new Set<string>();
    for (let maxTokens = least; maxTokens < least + 60; maxTokens++) {
      const answer = harness.answer({ maxTokens, sampling: { temperature: 2, seed: maxTokens } });
      expect(accepts(answer.text), answer.text).toBe(true);
      expect(answer.outcome!.completionTokens).toBeLessThanOrEqual(maxTokens);
      reasons.add(answer.outcome!.finishReason);
    }
    expect(reasons).toEqual(new Set(["length", "stop"]));
  });

  it("refuses a prompt that leaves no room for an answer, and cuts the budget to the context", () => {
    const harness = new Harness({}, { contextLength: 300 });
    const error = thrown(() => harness.ask({ prompt: "x".repeat(290) }));
    expect(error.code).toBe("prompt_too_long");
    const answer = harness.answer({ prompt: "x".repeat(200), maxTokens: 2000, sampling: { temperature: 2 } });
    expect(accepts(answer.text)).toBe(true);
  });
});

describe("batching", () => {
  it.each([0, 0.8, 2])(
    "changes no text at temperature %d: forced tokens, chunks, neighbours, prefixes",
    (temperature) => {
      const plain = new Harness({
        maxSequences: 1,
        forcedBatching: false,
        prefixTokens: 0,
        prefillChunk: 1,
      });
      const prompts = Array.from({ length: 12 }, (_, i) => `${"shared words ".repeat(i % 4)}person ${i}`);
      const expected = prompts.map(
        (prompt, seed) => plain.answer({ prompt, sampling: { temperature, seed } }).outcome!.text,
      );
      for (const settings of [
        { forcedBatching: true, prefixTokens: 0, maxSequences: 1 },
        { forcedBatching: false, prefixTokens: 1024, maxSequences: 4 },
        { forcedBatching: true, prefixTokens: 1024, maxSequences: 4, prefillChunk: 3 },
        { forcedBatching: true, prefixTokens: 1024, maxSequences: 8 },
      ]) {
        for (const runtime of [
          {},
          { keptPieces: 6 },
          { keptPieces: 6, contextLength: 512, cellCapacity: 700 },
        ]) {
          const harness = new Harness(settings, runtime);
          const ask = (prompt: string, seed: number) =>
            harness.ask({ prompt, sampling: { temperature, seed } });
          const all = prompts.map(ask);
          harness.run();
          const again = prompts.map(ask);
          harness.run();
          expect(all.map((one) => one.outcome?.text)).toEqual(expected);
          expect(again.map((one) => one.outcome?.text)).toEqual(expected);
        }
      }
      expect(new Set(expected).size).toBeGreaterThan(6);
    },
  );

  it("takes the cells of kept prompts before those of running requests", () => {
    const harness = new Harness({}, { keptPieces: 8, contextLength: 512, cellCapacity: 600 });
    for (const letter of "abc") harness.answer({ prompt: letter.repeat(180) });
    expect(harness.answer({ prompt: "c".repeat(180) }).cachedTokens).toBeGreaterThan(170);
    const [one, other] = ["d", "e"].map((letter) => harness.ask({ prompt: letter.repeat(250) }));
    harness.run();
    expect([one.error, other.error]).toEqual([undefined, undefined]);
    expect(harness.scheduler.counters.preemptions).toBe(0);
  });

  it("never leaves one token of a prompt to be read alone", () => {
    // What several tokens in a batch are summed to may differ from what a lone one is.
    const prompt = "p".repeat(200);
    const given = new Harness().answer({ prompt }).sequence.givenLength;
    for (const batchCapacity of [given - 1, Math.ceil((given - 1) / 2), 40, 64]) {
      const harness = new Harness({}, { batchCapacity });
      const sizes: number[] = [];
      const decode = harness.runtime.decode.bind(harness.runtime);
      harness.runtime.decode = () => {
        sizes.push(harness.runtime.batchSize());
        decode();
      };
      const answer = harness.ask({ prompt });
      while (answer.sequence.computed < given) harness.step();
      expect(Math.min(...sizes), `batches of ${batchCapacity}`).toBeGreaterThan(1);
      expect(sizes.reduce((sum, size) => sum + size)).toBe(given);
    }
  });

  it("decodes forced tokens together: fewer steps than tokens", () => {
    const together = new Harness();
    const apart = new Harness({ forcedBatching: false });
    const answer = together.answer();
    apart.answer();
    expect(together.scheduler.counters.steps).toBeLessThanOrEqual(
      answer.outcome!.completionTokens - answer.outcome!.forcedTokens + 1,
    );
    expect(apart.scheduler.counters.steps).toBeGreaterThan(together.scheduler.counters.steps + 5);
  });

  it("lets a new request join at the next step while a long prompt is read", () => {
    const harness = new Harness({ prefillChunk: 16 }, { batchCapacity: 64 });
    const running = harness.ask({ prompt: "short", maxTokens: 150, sampling: { temperature: 2 } });
    harness.step(3);
    const long = harness.ask({ prompt: "long ".repeat(120) });
    harness.step(1);
    const late = harness.ask({ prompt: "late" });
    const before = running.text.length;
    harness.step(4);
    // Streams go on while the prompt is read, and who came later with little to read does not wait for it.
    expect(running.text.length).toBeGreaterThan(before);
    expect(late.text).not.toBe("");
    expect(long.text).toBe("");
    harness.run();
    expect(accepts(long.text) && accepts(late.text) && accepts(running.text)).toBe(true);
  });

  it("shares the capacity between prompts", () => {
    const harness = new Harness({}, { batchCapacity: 64 });
    const first = harness.ask({ prompt: "a".repeat(2000) });
    const second = harness.ask({ prompt: "b".repeat(100) });
    harness.run();
    expect(second.firstTextStep).toBeLessThan(first.firstTextStep / 3);
  });

  it("lets a short prompt not wait for many long ones, and the oldest of those not for the others", () => {
    const harness = new Harness({ maxSequences: 8, prefillChunk: 4 }, { maxSequences: 8, batchCapacity: 8 });
    const long = Array.from({ length: 6 }, (_, i) => harness.ask({ prompt: `${i}`.repeat(300) }));
    const short = harness.ask({ prompt: "b" });
    harness.run();
    const steps = long.map(({ firstTextStep }) => firstTextStep);
    expect(short.firstTextStep).toBeLessThan(Math.min(...steps) / 2);
    expect(Math.min(...steps)).toBe(steps[0]);
    expect(new Set(steps).size).toBeGreaterThan(1);
  });
});

describe("leaving", () => {
  it("frees what a cancelled request holds at once", () => {
    const harness = new Harness({ prefixTokens: 0 });
    const all = harness.scheduler.freeCells;
    const running = harness.ask();
    const waiting = Array.from({ length: 6 }, () => harness.ask());
    harness.step(3);
    expect(harness.scheduler.freeCells).toBeLessThan(all);
    const gone = new FormworkError("cancelled", "gone");
    harness.scheduler.cancel(running.sequence, gone);
    for (const one of waiting) harness.scheduler.cancel(one.sequence, gone);
    expect(harness.scheduler.freeCells).toBe(all);
    expect(running.error).toBe(gone);
    expect(harness.step()).toBe(false);
    expect(harness.scheduler.counters.cancellations).toBe(7);
    harness.scheduler.cancel(running.sequence, gone);
    expect(harness.scheduler.counters.cancellations).toBe(7);
  });

  it("fails what passes its deadline, running or waiting, and nothing else", () => {
    const harness = new Harness({ maxSequences: 1 });
    const running = harness.ask({ deadlineAt: performance.now() + 1e6 });
    const waiting = harness.ask({ deadlineAt: performance.now() - 1 });
    harness.step(2);
    expect(waiting.error).toMatchObject({ code: "timeout", status: 504 });
    running.sequence.task.deadlineAt = performance.now() - 1;
    harness.step();
    expect(running.error).toMatchObject({ code: "timeout" });
    expect(harness.answer().outcome).toBeDefined();
  });

  it("bounds the queue and says when to come back", () => {
    const harness = new Harness({ maxSequences: 2, queueLimit: 3 });
    for (let i = 0; i < 5; i++) harness.ask();
    const error = thrown(() => harness.ask());
    expect(error).toMatchObject({ code: "queue_full", status: 503 });
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    harness.run();
    expect(harness.answer().outcome).toBeDefined();
  });

  it("fails all requests of a batch that fails, and serves the next", () => {
    const harness = new Harness({}, { failAt: 3 });
    const lost = [harness.ask(), harness.ask({ prompt: "another" })];
    harness.run();
    expect(lost.map((one) => one.error?.code)).toEqual(["internal", "internal"]);
    expect(accepts(harness.answer().text)).toBe(true);
  });
});

describe("KV cells", () => {
  it("reuses the prompt that requests share, also while the first still runs", () => {
    const harness = new Harness();
    const prompt = "The same long beginning for all of them. ".repeat(4);
    const first = harness.ask({ prompt: `${prompt}one` });
    const meanwhile = harness.ask({ prompt: `${prompt}two` });
    harness.run();
    const later = harness.answer({ prompt: `${prompt}three` });
    const again = harness.answer({ prompt: `${prompt}three` });
    const shared = harness.runtime.tokenize(prompt).length;
    expect(first.cachedTokens).toBe(0);
    expect(meanwhile.cachedTokens).toBe(shared);
    expect(later.cachedTokens).toBeGreaterThanOrEqual(shared);
    expect(again.cachedTokens).toBe(harness.runtime.tokenize(`${prompt}three`).length);
    expect(again.text).toBe(later.text);
    expect(harness.scheduler.counters.cachedTokens).toBe(
      meanwhile.cachedTokens + later.cachedTokens + again.cachedTokens,
    );
  });

  it("answers the same where sequences copy cells instead of sharing them, with room for few of them", () => {
    const prompt = "The same long beginning for all of them. ".repeat(4);
    const answers = [true, false].map((sharesCells) => {
      const harness = new Harness({}, { sharesCells, cellCapacity: 900, contextLength: 400 });
      const all = Array.from({ length: 6 }, (_, i) => harness.ask({ prompt: `${prompt}${i}` }));
      harness.run();
      expect(Math.max(...all.map((one) => one.cachedTokens))).toBeGreaterThan(0);
      expect(harness.scheduler.freeCells).toBe(900);
      return all.map(({ error, text }) => [error, text]);
    });
    expect(answers[1]).toEqual(answers[0]);
  });

  it("still answers if a prompt cannot be kept", () => {
    const harness = new Harness();
    harness.runtime.saveCells = () => {
      throw new FormworkError("internal", "out of memory");
    };
    const all = [harness.ask(), harness.ask({ prompt: "another" })];
    harness.run();
    expect(all.map(({ error, text }) => error === undefined && accepts(text))).toEqual([true, true]);
    expect(harness.answer().cachedTokens).toBe(0);
    expect(harness.logged).toEqual(["prefix_not_kept", "prefix_not_kept", "prefix_not_kept"]);
    expect(harness.scheduler.freeCells).toBe(harness.runtime.cellCapacity);
  });

  it("drops the least recently used prefix first", () => {
    const harness = new Harness({ maxSequences: 1, prefixTokens: 120 });
    const ask = (letter: string) => harness.answer({ prompt: letter.repeat(50) }).cachedTokens;
    ask("a");
    ask("b");
    expect(ask("a")).toBeGreaterThan(0);
    ask("c");
    ask("d");
    expect(ask("b")).toBe(0);
  });

  it("makes room when cells run out: the youngest starts over, no text changes", () => {
    const prompts = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(40));
    const ask = (harness: Harness) => {
      const all = prompts.map((prompt, seed) =>
        harness.ask({ prompt, maxTokens: 120, sampling: { temperature: 1.5, seed } }),
      );
      harness.run();
      return all;
    };
    const roomy = ask(new Harness({ maxSequences: 6 }));
    const tight = new Harness({ maxSequences: 6 }, { contextLength: 200, cellCapacity: 260 });
    const cramped = ask(tight);
    expect(tight.scheduler.counters.preemptions).toBeGreaterThan(0);
    expect(cramped.map((one) => one.text)).toEqual(roomy.map((one) => one.text));
    tight.scheduler.clearPrefixes();
    expect(tight.scheduler.freeCells).toBe(260);
  });

  it("leaks nothing over thousands of requests that finish, fail and leave", () => {
    const harness = new Harness({ maxSequences: 6 }, { contextLength: 220, cellCapacity: 600 });
    const gone = new FormworkError("cancelled", "gone");
    let done = 0;
    for (let i = 0; i < 800; i++) {
      const one = harness.ask({
        prompt: `${"head ".repeat(i % 5)}${i % 17}`,
        maxTokens: 60 + (i % 50),
        sampling: { temperature: 1, seed: i },
        ...(i % 11 === 0 ? { deadlineAt: performance.now() - 1 } : {}),
      });
      if (i % 3 === 0) harness.step(i % 7);
      if (i % 5 === 0) harness.scheduler.cancel(one.sequence, gone);
      if (one.outcome !== undefined) done++;
      if (harness.scheduler.queued > 40) harness.run();
    }
    harness.run();
    expect(harness.scheduler.active + harness.scheduler.queued).toBe(0);
    expect(harness.scheduler.counters.requests).toBeGreaterThan(500);
    expect(done).toBeLessThan(800);
    harness.scheduler.clearPrefixes();
    expect(harness.scheduler.freeCells).toBe(600);
    expect(harness.runtime.memoryBytes().context).toBe(0);
    expect(harness.logged).toEqual([]);
  });
});

describe("sampling settings", () => {
  it("repeats an answer by its seed, whoever else is served", () => {
    const settings = { temperature: 1.2, topP: 0.9, topK: 30, minP: 0.01, repetitionPenalty: 1.1, seed: 77 };
    const alone = new Harness().answer({ sampling: settings });
    const harness = new Harness();
    for (let i = 0; i < 3; i++) harness.ask({ prompt: `other ${i}`, sampling: { temperature: 1, seed: i } });
    harness.step(5);
    const crowded = harness.answer({ sampling: settings });
    expect(crowded.text).toBe(alone.text);
    expect(new Harness().answer({ sampling: { ...settings, seed: 78 } }).text).not.toBe(alone.text);
    expect(new Harness().answer({ sampling: GREEDY }).text).not.toBe(alone.text);
  });
});
