import { ARRAY, OBJECT, type Shape } from "../../grammar/index.js";
import type { Goals } from "./goals.js";

/** Goals looked at, and steps of the solver, that looking ahead may take. */
interface Extent {
  readonly goals: number;
  readonly steps: number;
}

const ORDINARY: Extent = { goals: 200, steps: 16 };
/** Where the ways of a schema may multiply, some place of it may have too many. */
const CROWDED: Extent = { goals: 100, steps: 12_000 };
/** Where a schema may deny itself, some value may bring it to that. */
const DENYING: Extent = { goals: 2000, steps: 12_000 };

/**
 * Splits goals that documents can lead to, nearest first, so that what cannot be honoured is refused before generation
 * and not in the middle of it. Bounded: what is beyond stays lazy.
 */
export function lookAhead(goals: Goals): void {
  const { combines, isCrowded, hasDenyingCircle } = goals.document;
  if (!combines) return;
  const extent = hasDenyingCircle ? DENYING : isCrowded ? CROWDED : ORDINARY;
  goals.solver.attempt(extent.steps, () => {
    for (let i = 0; i < goals.made.length && i < extent.goals; i++)
      for (const shape of goals.made[i].alternatives) touch(shape);
  });
}

/** No demand, and each one alone of those that some member has to meet. */
function forEachDemand(some: number, ask: (bits: number) => void): void {
  ask(0);
  for (let rest = some; rest !== 0; rest &= rest - 1) ask(rest & -rest);
}

/** Asks for the goals of the shape's members: asking makes them. */
function touch(shape: Shape): void {
  if ((shape.types & OBJECT) !== 0) {
    const { ordered, late, extra } = shape.object.description;
    for (const entry of ordered) forEachDemand(entry.someBits, (bits) => entry.goal(bits));
    for (const entry of late) forEachDemand(entry.someBits, (bits) => entry.goal(bits));
    for (let label = 0; extra !== undefined && label < extra.labelCount; label++)
      forEachDemand(extra.someBits(label), (bits) => extra.goal(label, bits));
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
