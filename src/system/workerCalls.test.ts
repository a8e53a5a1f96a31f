import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { WorkerCalls, WorkerFailure } from "./workerCalls.js";

const entry = fileURLToPath(new URL("./testing/worker.mjs", import.meta.url));
const opened: WorkerCalls<{ type: string; value?: unknown }, unknown>[] = [];
afterEach(async () => {
  for (const calls of opened.splice(0)) await calls.close();
});

function open(maxCallMs = 60_000) {
  const calls = new WorkerCalls<{ type: string; value?: unknown }, unknown>({
    entry,
    maxCallMs,
    maxHeapMb: 64,
  });
  opened.push(calls);
  return calls;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable("it should have failed"),
    (reason) => reason,
  );

test("answers and errors come back to their callers", async () => {
  const calls = open();
  const [one, refused, two] = await Promise.allSettled([
    calls.call({ type: "echo", value: 1 }),
    calls.call({ type: "refuse" }),
    calls.call({ type: "echo", value: [2] }),
  ]);
  expect(one).toMatchObject({ value: 1 });
  expect(two).toMatchObject({ value: [2] });
  expect(refused).toMatchObject({ reason: { code: "unsupported_schema", pointer: "/a" } });
});

test("what needs no answer reaches a thread that runs, and starts none", async () => {
  const calls = open();
  calls.notify({ type: "note" });
  expect(await calls.call({ type: "note" })).toBe(1);
  calls.notify({ type: "note" });
  expect(await calls.call({ type: "note" })).toBe(3);
});

test.each([
  ["spins", "spin", /more than 300 ms/],
  ["ends", "exit", /it ended/],
])("a thread that %s fails what is under way; the next call has a new one", async (_, type, reason) => {
  const calls = open(type === "spin" ? 300 : 60_000);
  const errors = await Promise.all(
    [calls.call({ type }), calls.call({ type: "echo" })].map((call) => failureOf(call)),
  );
  for (const error of errors) {
    expect(error).toBeInstanceOf(WorkerFailure);
    expect((error as Error).message).toMatch(reason);
  }
  expect(errors.map((error) => (error as WorkerFailure).isCulprit)).toEqual([true, false]);
  await expect
    .poll(() => calls.call({ type: "echo", value: "again" }).catch(() => undefined), { timeout: 20_000 })
    .toBe("again");
});

test("waiting for another call does not count as being stuck", async () => {
  const calls = open(2000);
  await calls.call({ type: "echo" });
  const all = Array.from({ length: 4 }, () => calls.call({ type: "work", value: 600 }));
  expect(await Promise.all(all)).toHaveLength(4);
});

test("closing fails what is under way", async () => {
  const calls = open();
  const failed = failureOf(calls.call({ type: "spin" }));
  await calls.close();
  expect(await failed).toBeInstanceOf(WorkerFailure);
});
