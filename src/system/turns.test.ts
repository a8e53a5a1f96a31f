import { expect, test } from "vitest";
import { nextTurn } from "./turns.js";

test("however many works wait, each turn of the event loop has a piece of one of them, in order", async () => {
  let turn = 0;
  let over = false;
  const count = () => {
    turn++;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const pieces: { work: number; turn: number }[] = [];
  const work = async (index: number) => {
    for (let piece = 0; piece < 20; piece++) {
      await nextTurn();
      pieces.push({ work: index, turn });
    }
  };
  await Promise.all(Array.from({ length: 30 }, (_, index) => work(index)));
  over = true;
  expect(new Set(pieces.map((piece) => piece.turn)).size).toBe(600);
  expect(pieces.map((piece) => piece.work)).toEqual(pieces.map((_, index) => index % 30));
});
