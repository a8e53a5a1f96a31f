import { expect, test } from "vitest";
import { ProgressLine } from "./progress.js";

function line(stderr: { isTTY?: boolean; columns?: number }, environment = {}) {
  const written: string[] = [];
  const progress = new ProgressLine({
    stderr: { ...stderr, write: (text) => written.push(text) },
    environment,
  });
  return { progress, written };
}

test("draws one line over itself, a bar where the share is known, and takes it away", () => {
  const { progress, written } = line({ isTTY: true, columns: 60 });
  progress.update("loading");
  progress.update("loading");
  progress.update("fetching", 0.5);
  progress.clear();
  progress.clear();
  expect(written).toEqual([
    "\r\u001b[2Kloading",
    "\r\u001b[2K[############------------]  50 % fetching",
    "\r\u001b[2K",
  ]);
});

test("never fills the line, which would begin another one", () => {
  const { progress, written } = line({ isTTY: true, columns: 10 });
  progress.update("a text that is longer");
  expect(written).toEqual(["\r\u001b[2Ka text th"]);
  const unknown = line({ isTTY: true, columns: 0 });
  unknown.progress.update("a text that is longer");
  expect(unknown.written).toEqual(["\r\u001b[2Ka text that is longer"]);
});

test("draws nothing where nobody looks", () => {
  for (const { progress, written } of [line({}), line({ isTTY: true }, { TERM: "dumb" })]) {
    progress.update("loading", 0.1);
    progress.clear();
    expect(written).toEqual([]);
  }
});
