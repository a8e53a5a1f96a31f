import { FormworkError } from "../errors.js";

/** Every `count`-th item, starting with number `index`, counted from 0. */
export interface Shard {
  index: number;
  count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

/** The shard `K/N`. Throws `wrong_usage` for anything else. */
export function parseShard(text: string): Shard {
  const [index, count, ...rest] = text.split("/").map(Number);
  const valid = Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count;
  if (!valid || rest.length > 0) {
    throw new FormworkError("wrong_usage", `A shard is K/N with 0 <= K < N; this is "${text}".`);
  }
  return { index, count };
}
