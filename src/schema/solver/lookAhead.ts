import { ARRAY, OBJECT, type Shape } from "../../grammar/index.js";
import type { Goals } from "./goals.js";

/** Maximum number of goals and of solver steps of a look-ahead. */
interface Extent {
  readonly goals: number;
  readonly steps: number;
}

const ORDINARY: Extent = { goals: 200, steps: 16 };
/** For a schema whose alternatives may multiply, so that some place may have too many. */
const CROWDED: Extent = { goals: 100, steps: 12_000 };
/** For a schema with a possible paradox, which some value may reach. */
const DENYING: Extent = { goals: 2000, steps: 12_000 };

/**
 * Splits goals that documents can reach, nearest first, so that unsupported schemas are rejected before generation and not during
 * it. Bounded: goals beyond the limits remain lazy.
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

/** The empty demand, and each demand that some member has to satisfy. */
function forEachDemand(some: number, ask: (bits: number) => void): void {
  ask(0);
  for (let rest = some; rest !== 0; rest &= rest - 1) ask(rest & -rest);
}

/** Requests the goals of the shape's members, which creates them. */
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
