import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchEngine } from "./engine.js";
import type { Terminal } from "./terminal/terminal.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal whose stderr is a file or a pipe, and what was written there. */
function pipe(): { terminal: Terminal; said: string[] } {
  const said: string[] = [];
  const stderr = { isTTY: false, write: (text: string) => said.push(text) };
  return { terminal: { stderr, environment: {} } as unknown as Terminal, said };
}

test("off a terminal, a stage that takes long is told once", async () => {
  const { terminal, said } = pipe();
  let status: { state: "loading" | "ready"; stage?: string } = { state: "loading", stage: "connect" };
  const progress = await watchEngine({ status: () => status as never }, terminal);
  vi.advanceTimersByTime(9_000);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(["formwork: waiting for the server ...\n"]);
  status = { state: "loading", stage: "warmup" };
  vi.advanceTimersByTime(30_000);
  expect(said.slice(1)).toEqual(["formwork: warming up ...\n"]);
  status = { state: "ready" };
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(2);
  progress.stop();
  expect(vi.getTimerCount()).toBe(0);
});
