import { afterEach, describe, expect, test } from "vitest";
import { compileSchema, Vocabulary } from "../index.js";
import type { ConstraintSource, ServedMatcher, ServiceSettings } from "./service.js";
import { WorkerService } from "./workerService.js";

/** A token a byte, and one that ends. */
const vocabulary = new Vocabulary({
  tokens: Array.from({ length: 257 }, (_, byte) => (byte < 256 ? Uint8Array.of(byte) : new Uint8Array())),
  special: [256],
  eos: 256,
});
const services: WorkerService[] = [];

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

function serviceOf(settings: Partial<ServiceSettings> = {}): WorkerService {
  const service = new WorkerService(vocabulary, settings);
  services.push(service);
  return service;
}

function source(schema: unknown, limits = {}): ConstraintSource {
  return { kind: "schema", schemaText: JSON.stringify(schema), options: { maxWhitespace: 0, limits } };
}

const PERSON = {
  type: "object",
  properties: { name: { type: "string", maxLength: 5 }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
/** Takes minutes to compile where nothing limits it, and little memory meanwhile. */
const ENDLESS = source(
  {
    type: "array",
    items: { enum: Array.from({ length: 5000 }, (_, i) => `v${i}`) },
    uniqueItems: true,
    minItems: 5000,
  },
  { compileWork: 1e12, regexStates: 1e9, compileMs: 1e9, memoryBytes: 1e12 },
);
const bytesOf = (text: string) => [...new TextEncoder().encode(text)];

/** The masks of `text` byte by byte, as the service has them. */
async function masksOf(matcher: ServedMatcher, text: string): Promise<Uint32Array[]> {
  const masks = [];
  await matcher.step({ mask: true });
  masks.push(matcher.mask.slice());
  for (const token of bytesOf(text)) {
    expect(await matcher.step({ tokens: [token], mask: true })).toMatchObject({ accepted: 1, forced: [] });
    masks.push(matcher.mask.slice());
  }
  return masks;
}

test("law: masks and states are those of a matcher on this thread", async () => {
  const text = '{"name":"Ada","age":36';
  const own = compileSchema(PERSON, { maxWhitespace: 0 }).matcher(vocabulary);
  const matcher = serviceOf().open(source(PERSON));
  const masks = await masksOf(matcher, text);
  const mask = new Uint32Array(vocabulary.maskWords);
  for (const [index, token] of [...bytesOf(text), undefined].entries()) {
    own.fillMask(mask);
    expect(masks[index]).toEqual(mask);
    if (token !== undefined) own.accept(token);
  }
  expect(await matcher.step({ rollback: 1 })).toMatchObject({ tokensToEnd: own.tokensToEnd() });
  expect(await matcher.step({ tokens: bytesOf("7}x") })).toMatchObject({
    accepted: 2,
    mustEnd: true,
    canEnd: true,
  });
});

test("what must follow is accepted with the step, as far as the budget reaches", async () => {
  const matcher = serviceOf().open(source({ const: { key: "value" } }));
  const all = bytesOf('{"key":"value"}');
  const { forced, canEnd } = await matcher.step({ force: true });
  expect([...vocabulary.bytesOf(forced)]).toEqual(all);
  expect(canEnd).toBe(true);
  await matcher.step({ rollback: forced.length });
  expect(await matcher.step({ force: true, remaining: 1 })).toMatchObject({ forced: [] });
});

test.runIf(process.platform === "linux")("says how much of the processor its workers have used", async () => {
  const service = serviceOf({ workers: 1 });
  expect(service.cpuMs()).toBe(0);
  await service.compile(source(PERSON));
  const before = service.cpuMs();
  expect(before).toBeGreaterThan(0);
  await service.compile(source({ type: "string", pattern: "^(a|b)*a(a|b|c){9}$" }));
  expect(service.cpuMs()).toBeGreaterThan(before);
});

describe("errors", () => {
  test("are those of compiling", async () => {
    const service = serviceOf();
    await expect(service.compile(source({ type: "strange" }))).rejects.toMatchObject({
      code: "invalid_schema",
    });
    const pattern = { type: "string", pattern: "^(a|b)*a(a|b|c){9}$" };
    await expect(service.compile(source(pattern, { compileWork: 2000 }))).rejects.toMatchObject({
      code: "schema_too_large",
      limit: "compileWork",
    });
    expect(await service.compile(source(PERSON))).toMatchObject({ warnings: [] });
  });

  test("a step over its limit fails, and the worker goes on", async () => {
    const service = serviceOf({ workers: 1 });
    await expect(service.open(source(PERSON, { stepWork: 1 })).step({ mask: true })).rejects.toMatchObject({
      code: "step_limit",
    });
    await service.open(source(PERSON)).step({ mask: true });
    expect(service.statistics()).toMatchObject({ workers: 1, ended: 0 });
  });
});

describe("a worker that is ended", () => {
  test("takes its job down with it, and nothing else", async () => {
    const service = serviceOf({ workers: 1, jobMs: 4000 });
    const matcher = service.open(source(PERSON));
    await matcher.step({ tokens: bytesOf('{"name":"') });
    const endless = service.compile(ENDLESS);
    const behind = matcher.step({ tokens: bytesOf('Ada","age":3'), mask: true });
    await expect(endless).rejects.toMatchObject({ code: "schema_too_large", limit: "compileMs" });
    expect(await behind).toMatchObject({ accepted: 12, canEnd: false });
    expect(await matcher.step({ tokens: bytesOf("}") })).toMatchObject({ canEnd: true });
    expect(service.statistics()).toMatchObject({ ended: 1, queued: 0, active: 0 });
  });

  test("ends when everybody has left", async () => {
    const service = serviceOf({ workers: 1 });
    const leave = new AbortController();
    const endless = service.compile(ENDLESS, leave.signal);
    const matcher = service.open(ENDLESS);
    const waiting = matcher.step({ mask: true });
    await expect
      .poll(() => service.statistics(), { timeout: 20_000 })
      .toMatchObject({ active: 1, queued: 1 });
    matcher.forget();
    leave.abort();
    await expect(endless).rejects.toMatchObject({ code: "cancelled" });
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    await expect.poll(() => service.statistics().workers).toBe(0);
    await service.compile(source(PERSON));
  });

  test("gives its memory back when it has nothing to do", async () => {
    const service = serviceOf({ idleMs: 50 });
    const matcher = service.open(source(PERSON));
    await matcher.step({ tokens: bytesOf("{") });
    await expect.poll(() => service.statistics().workers).toBe(0);
    expect(await matcher.step({ tokens: bytesOf('"name":"') })).toMatchObject({ accepted: 8 });
  });
});
