import { describe, expect, it } from "vitest";
import type { Runtime } from "../runtime.js";
import { byteVocabulary } from "./byteVocabulary.js";
import { createScriptedRuntime } from "./scriptedRuntime.js";

/** Decodes `tokens` at the end of a sequence whose cells end at `from`; the logits after the last. */
function feed(runtime: Runtime, sequence: number, from: number, tokens: ArrayLike<number>): Float32Array {
  runtime.batchClear();
  let row = -1;
  for (let i = 0; i < tokens.length; i++) {
    row = runtime.batchAdd(tokens[i], from + i, sequence, i === tokens.length - 1);
  }
  runtime.decode();
  return runtime.logits(row).slice();
}

describe("the scripted runtime", () => {
  it("gives logits that depend on the seed and the sequence, not on how they came about", () => {
    const whole = feed(createScriptedRuntime({ seed: 7 }), 0, 0, [1, 2, 3, 4]);
    const runtime = createScriptedRuntime({ seed: 7 });
    feed(runtime, 1, 0, [9, 9]);
    feed(runtime, 2, 0, [1, 2]);
    expect(feed(runtime, 2, 2, [3, 4])).toEqual(whole);
    runtime.removeCells(2, 1, -1);
    feed(runtime, 2, 1, [5]);
    runtime.removeCells(2, 1, -1);
    expect(feed(runtime, 2, 1, [2, 3, 4])).toEqual(whole);
    runtime.copyCells(2, 3, 0, 3);
    expect(feed(runtime, 3, 3, [4])).toEqual(whole);
    expect(feed(createScriptedRuntime({ seed: 8 }), 0, 0, [1, 2, 3, 4])).not.toEqual(whole);
    expect(feed(createScriptedRuntime({ seed: 7 }), 0, 0, [1, 2, 4, 3])).not.toEqual(whole);
  });

  it("runs several sequences in one batch, with rows in the order asked for", () => {
    const runtime = createScriptedRuntime({ seed: 3 });
    runtime.batchClear();
    expect(runtime.batchAdd(10, 0, 0, true)).toBe(0);
    expect(runtime.batchAdd(20, 0, 1, false)).toBe(-1);
    expect(runtime.batchAdd(21, 1, 1, true)).toBe(1);
    expect(runtime.batchSize()).toBe(3);
    runtime.decode();
    expect(runtime.logits(0)).toEqual(feed(createScriptedRuntime({ seed: 3 }), 0, 0, [10]));
    const alone = createScriptedRuntime({ seed: 3 });
    const expected = feed(alone, 0, 0, [20, 21]);
    runtime.batchClear();
    runtime.removeCells(1, 1, -1);
    runtime.batchAdd(21, 1, 1, true);
    runtime.decode();
    expect(runtime.logits(0)).toEqual(expected);
    expect(() => runtime.logits(1)).toThrow(/no logits in row 1/);
  });

  it("prefers the token it is told to", () => {
    const runtime = createScriptedRuntime({ prefer: (tokens) => (tokens.at(-1) === 65 ? 66 : undefined) });
    const logits = feed(runtime, 0, 0, [65]);
    expect(logits.indexOf(Math.max(...logits))).toBe(66);
    expect(Math.max(...feed(runtime, 0, 1, [67]))).toBeLessThan(100);
  });

  it("counts shared cells once and refuses what the real one refuses", () => {
    const runtime = createScriptedRuntime({ cellCapacity: 6, contextLength: 5, batchCapacity: 4 });
    feed(runtime, 0, 0, [1, 2, 3, 4]);
    runtime.copyCells(0, 1, 0, 4);
    feed(runtime, 1, 4, [5]);
    feed(runtime, 0, 4, [5]);
    expect(() => feed(runtime, 2, 0, [1])).toThrow(/No room for 1 more tokens among the 6 KV cells/);
    runtime.removeCells(0, 0, -1);
    feed(runtime, 2, 0, [1]);
    expect(() => feed(runtime, 2, 3, [1])).toThrow(/position 3 of sequence 2, whose cells end at 1/);
    expect(() => feed(runtime, 1, 5, [1])).toThrow();
    expect(() => feed(runtime, 9, 0, [1])).toThrow(/no sequence 9/);
    expect(() => feed(runtime, 2, 1, [1, 1, 1, 1, 1])).toThrow(/full at 4/);
  });

  it("keeps copies of cells apart from them, and refuses those that do not continue a sequence", () => {
    const runtime = createScriptedRuntime({ seed: 7, cellCapacity: 6 });
    const whole = feed(runtime, 0, 0, [1, 2, 3, 4]).slice();
    const saved = runtime.saveCells(0, 1, 3);
    expect(() => runtime.saveCells(0, 1, 9)).toThrow(/no cells \[1, 9\)/);
    runtime.removeCells(0, 1, -1);
    expect(() => runtime.restoreCells(0, saved, 0, 2)).toThrow(/does not hold \[0, 2\)/);
    expect(() => runtime.restoreCells(0, saved, 1, 4)).toThrow(/does not hold \[1, 4\)/);
    expect(() => runtime.restoreCells(0, saved, 2, 3)).toThrow(/does not end where/);
    const second = runtime.savePart(saved, 2, 3);
    runtime.restoreCells(0, saved, 1, 2);
    runtime.restoreCells(0, second, 2, 3);
    expect(feed(runtime, 0, 3, [4])).toEqual(whole);
    feed(runtime, 1, 0, [5]);
    expect(() => runtime.restoreCells(0, saved, 4, 5)).toThrow(/No room/);
    expect(() => runtime.savePart(saved, 1, 2)).toThrow(/No room/);
    saved.free();
    second.free();
    expect(() => runtime.restoreCells(0, saved, 1, 3)).toThrow(/after they were freed/);
  });

  it("fails at the decode it is told to, once", () => {
    const runtime = createScriptedRuntime({ failAt: 2 });
    feed(runtime, 0, 0, [1]);
    expect(() => feed(runtime, 0, 1, [2])).toThrow(expect.objectContaining({ code: "internal" }));
    feed(runtime, 0, 1, [2]);
    runtime.close();
    expect(() => feed(runtime, 0, 2, [2])).toThrow(/closed/);
  });

  it("writes and reads its chat format", () => {
    const runtime = createScriptedRuntime();
    const prompt = runtime.renderChat([{ role: "user", content: "h\u00e9" }]);
    const tokens = runtime.tokenize(prompt, true);
    expect([...tokens]).toEqual([258, 0x68, 0xc3, 0xa9, 256, 259]);
    expect(runtime.vocabulary.eos).toBe(256);
    expect(runtime.tokenize("<|end|>").length).toBe(7);
  });
});

describe("the byte vocabulary", () => {
  it("cuts a text into the longest words it has", () => {
    const vocabulary = byteVocabulary(['{"', '":', '{"name'] as const);
    const tokens = vocabulary.tokenize?.('{"name":1') ?? [];
    expect([...tokens]).toEqual([262, 261, 0x31]);
    expect(Buffer.from(vocabulary.bytesOf(tokens)).toString()).toBe('{"name":1');
  });
});
