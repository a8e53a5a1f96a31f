import { ARRAY, OBJECT, type Shape } from "../grammar/index.js";
import type { Goals } from "./goals.js";

/** Goals, and milliseconds, that looking ahead may take. */
const MOST_GOALS = 2000;
const MOST_MS = 1;

const LOOKED_ENOUGH = Symbol("looked enough");

/**
 * Splits goals that documents can lead to, nearest first, so that what cannot be honoured is refused before generation
 * and not in the middle of it. Bounded in time: what is beyond stays lazy.
 */
export function exploreGoals(goals: Goals): void {
  if (!goals.document.combines) return;
  const end = performance.now() + MOST_MS;
  const { watch } = goals;
  goals.watch = () => {
    if (performance.now() > end) throw LOOKED_ENOUGH;
  };
  try {
    for (let i = 0; i < goals.made.length && i < MOST_GOALS; i++) {
      goals.watch();
      for (const shape of goals.made[i].alternatives) touch(shape);
    }
  } catch (thrown) {
    if (thrown !== LOOKED_ENOUGH) throw thrown;
  } finally {
    goals.watch = watch;
  }
}

/** Asks for the goals of the shape's members: asking makes them. */
function touch(shape: Shape): void {
  if ((shape.types & OBJECT) !== 0) {
    const { ordered, late } = shape.object.description;
    for (const entry of ordered) entry.goal(0);
    for (const entry of late) entry.goal(0);
    const { extra } = shape.object.description;
    for (let label = 0; label < (extra?.labelCount ?? 0); label++) extra?.goal(label, 0);
  }
  if ((shape.types & ARRAY) !== 0) {
    const { prefixLength, contains } = shape.array.description;
    for (let index = 0; index <= prefixLength; index++) {
      shape.array.description.goal(index, 0, 0, []);
      for (let i = 0; i < contains.length; i++) {
        shape.array.description.goal(index, 1 << i, 0, []);
        if (contains[i].max !== Number.POSITIVE_INFINITY) shape.array.description.goal(index, 0, 1 << i, []);
      }
    }
  }
}
