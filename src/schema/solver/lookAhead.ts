import { ARRAY, OBJECT, type Shape } from "../../grammar/index.js";
import type { Goals } from "./goals.js";

/** Goals looked at, and steps of the solver, that looking ahead may take. */
const MAX_GOALS = 200;
const MAX_STEPS = 16;

/**
 * Splits goals that documents can lead to, nearest first, so that what cannot be honoured is refused before generation
 * and not in the middle of it. Bounded: what is beyond stays lazy.
 */
export function lookAhead(goals: Goals): void {
  if (!goals.document.combines) return;
  goals.solver.attempt(MAX_STEPS, () => {
    for (let i = 0; i < goals.made.length && i < MAX_GOALS; i++)
      for (const shape of goals.made[i].alternatives) touch(shape);
  });
}

/** Asks for the goals of the shape's members: asking makes them. */
function touch(shape: Shape): void {
  if ((shape.types & OBJECT) !== 0) {
    const { ordered, late, extra } = shape.object.description;
    for (const entry of ordered) entry.goal(0);
    for (const entry of late) entry.goal(0);
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
