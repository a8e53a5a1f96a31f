import { SchemaError } from "../../errors.js";
import { ARRAY, hasValue, MAX_SOME_REQUIREMENTS, OBJECT, type Shape } from "../../grammar/index.js";
import { demandSchema } from "../keywords/demands.js";
import { failSchema } from "../keywords/failures.js";
import { buildShape } from "../shapes/build.js";
import { Branch, type Choice, follow, type Option } from "./branch.js";
import { alreadyFails, isConsistent, isImplied, isOut } from "./consistency.js";
import type { Goals } from "./goals.js";
import type { Literal, OpenSchema, SchemaLiteral } from "./literal.js";
import { locatedError } from "./locatedError.js";
import { takeValues } from "./values.js";

/** A split in progress. */
interface Splitting {
  readonly shapes: Shape[];
  /** Remaining steps. */
  left: number;
  readonly effort: Effort;
  /** Whether some alternative was left out. */
  cut: boolean;
}

/** How alternatives are searched for. */
interface Effort {
  /** Maximum number of steps. */
  readonly steps: (alternatives: number) => number;
  /** The alternatives that are kept: all; one way to fail per negation; or, of a branch split into `MAX_WAYS`, one option per choice. */
  readonly keeps: "all" | "one way to fail" | "few";
  /** Whether each branch is checked for a value before it is split: slower, but contradictions do not multiply. */
  readonly isChecked: boolean;
}

/** Tried one after the other while there are too many alternatives. */
const EFFORTS: readonly Effort[] = [
  { steps: () => FIRST_SEARCH, keeps: "all", isChecked: false },
  { steps: () => FIRST_SEARCH, keeps: "all", isChecked: true },
  { steps: () => FULL_SEARCH, keeps: "all", isChecked: false },
  { steps: (alternatives) => alternatives * 4, keeps: "one way to fail", isChecked: false },
  { steps: (alternatives) => alternatives * 4, keeps: "few", isChecked: true },
];

/** Steps between two calls of `watch`. */
const STEPS_PER_LOOK = 16;

/** Approximate cost of one step, and of a quick check of one option, in elementary steps. */
const STEP_WORK = 1000;
const GLANCE_WORK = 100;

/** Approximate cost of checking a branch for a value. */
const CHECK_WORK = 5000;

/**
 * Maximum number of steps of the search for all alternatives: at first, where it nearly always ends, and then with checks; and without
 * them once more, before narrowing is tried.
 */
const FIRST_SEARCH = 500;
const FULL_SEARCH = 1500;

/** Maximum number of `contains` per array: items are classified by which of them they match. */
const MAX_CONTAINS = 12;

/** Maximum number of literals in a branch: cycles of `$ref`s through `unevaluated*` keywords are infinite. */
const MAX_LITERALS = 20_000;

/** Maximum number of ways into which a branch is split if there are too many alternatives. */
const MAX_WAYS = 32;

/** The steps of an attempt are used up. */
class OutOfSteps extends Error {}

/** Splits conjunctions of schemas into alternatives: shapes that the automaton follows in parallel. */
export class Solver {
  private readonly goals: Goals;
  /** Remaining steps of the current attempt. */
  private stepsLeft = Number.POSITIVE_INFINITY;
  private countdown = STEPS_PER_LOOK;
  /** Called periodically; throws to stop compiling, without losing results. */
  watch: (() => void) | undefined;

  constructor(goals: Goals) {
    this.goals = goals;
  }

  /** The result of `run`; undefined if it takes more than that many steps. Results so far are kept. */
  attempt<T>(steps: number, run: () => T): T | undefined {
    const before = this.stepsLeft;
    const allowed = Math.min(before, steps);
    this.stepsLeft = allowed;
    try {
      return run();
    } catch (thrown) {
      // A nested attempt may have used up the steps of the outer one.
      if (!(thrown instanceof OutOfSteps) || before <= steps) throw thrown;
      return undefined;
    } finally {
      this.stepsLeft = before - (allowed - Math.max(this.stepsLeft, 0));
    }
  }

  /** The alternatives of a conjunction. Throws `unsupported_schema` if there are too many. */
  expand(literals: readonly Literal[]): Shape[] {
    const location = literals.find((literal) => literal.kind === "schema")?.node.location ?? "";
    const { alternatives, narrowed, widened } = this.goals.options;
    // If there are too many combinations, only the first option that is surely possible is kept: of negations, then of every choice.
    // This admits nothing invalid but excludes some valid documents, so the caller gets a warning.
    let found: Splitting | undefined;
    for (let i = 0; i < EFFORTS.length && found === undefined; i++)
      found = this.splitAt(location, literals, EFFORTS[i]);
    if (found?.cut !== false) narrowed.add(location);
    if (found !== undefined) return found.shapes;
    if (widened) return [buildShape(this.goals, new Branch(location))!];
    throw tooManyAlternatives(alternatives, location);
  }

  /** Like `split`; errors without a location get that of the given schema. */
  private splitAt(location: string, literals: readonly Literal[], effort: Effort): Splitting | undefined {
    try {
      return this.split(location, literals, effort);
    } catch (thrown) {
      throw locatedError(thrown, location);
    }
  }

  /** The alternatives of a conjunction; undefined if there are too many. */
  private split(location: string, literals: readonly Literal[], effort: Effort): Splitting | undefined {
    const { alternatives } = this.goals.options;
    const branch = new Branch(location);
    for (const literal of literals) branch.pending.push({ literal, within: [] });
    const splitting: Splitting = {
      shapes: [],
      left: effort.steps(alternatives),
      effort,
      cut: false,
    };
    this.solve(branch, splitting);
    return splitting.left < 0 || splitting.shapes.length > alternatives ? undefined : splitting;
  }

  /**
   * Adds pending literals, then splits at one open choice after the other; contradictions end a branch early. Returns whether the
   * branch led to a shape.
   */
  private solve(branch: Branch, splitting: Splitting): boolean {
    for (;;) {
      if (!this.takePending(branch)) return false;
      this.limit(branch, splitting);
      if (branch.types === 0 || !isConsistent(this.goals, branch)) return false;
      const forced = this.prune(branch);
      if (forced === undefined) return false;
      if (forced.length === 0) break;
      for (const option of forced) follow(branch, option);
    }
    const choice = takeChoice(branch);
    this.countStep();
    if (--splitting.left < 0 || splitting.shapes.length > this.goals.options.alternatives) return false;
    if (choice !== undefined && splitting.effort.isChecked && this.isRefuted(branch)) return false;
    if (choice !== undefined) return this.choose(branch, choice, splitting);
    const shape = buildShape(this.goals, branch);
    if (shape !== undefined) splitting.shapes.push(shape);
    return shape !== undefined;
  }

  private countStep(): void {
    if (--this.stepsLeft < 0) throw new OutOfSteps();
    this.goals.fuel.spend(STEP_WORK);
    if (--this.countdown > 0) return;
    this.countdown = STEPS_PER_LOOK;
    this.watch?.();
  }

  private choose(branch: Branch, choice: Choice, splitting: Splitting): boolean {
    const { options } = choice;
    const { widened } = this.goals.options;
    const { keeps } = splitting.effort;
    const isCounted = keeps === "few" || (choice.negative && keeps === "one way to fail");
    if (isCounted) branch.ways *= options.length;
    const isFull = isCounted && branch.ways > MAX_WAYS;
    if (isFull && widened) {
      // Further choices are dropped.
      splitting.cut = true;
      return this.solve(branch, splitting);
    }
    const keepsOne = !widened && isCounted && (choice.negative || isFull);
    const { length } = branch.taken;
    let any = false;
    for (let i = 0; i < options.length; i++) {
      branch.taken.undo(length);
      const isLast = i === options.length - 1;
      const copy = isLast ? branch : branch.clone();
      const before = splitting.shapes.length;
      follow(copy, options[i]);
      if (copy.types === 0 || !this.solve(copy, splitting)) continue;
      any = true;
      if (keepsOne && !isLast && this.isProved(splitting, before)) {
        splitting.cut = true;
        break;
      }
    }
    return any;
  }

  /** Whether the branch surely has no value, even without its open choices. */
  private isRefuted(branch: Branch): boolean {
    const { search } = this.goals;
    const { cuts, fuel } = search;
    fuel.spend(CHECK_WORK);
    const shape = buildShape(this.goals, branch);
    return (shape === undefined || !hasValue(shape)) && cuts === search.cuts;
  }

  /** Whether some shape found after number `from` surely has a value. */
  private isProved({ shapes }: Splitting, from: number): boolean {
    for (let i = from; i < shapes.length; i++) if (hasValue(shapes[i])) return true;
    return false;
  }

  private takePending(branch: Branch): boolean {
    for (let next = branch.pending.shift(); next !== undefined; next = branch.pending.shift()) {
      if (!this.take(branch, next.literal, next.within) || branch.types === 0) return false;
    }
    return true;
  }

  private limit(branch: Branch, splitting: Splitting): void {
    const before = branch.types;
    if (branch.someProperties.length > MAX_SOME_REQUIREMENTS) branch.types &= ~OBJECT;
    if (branch.contains.length > MAX_CONTAINS) branch.types &= ~ARRAY;
    if (branch.types === before) return;
    splitting.cut = true;
    if (this.goals.options.widened) splitting.left = -1;
  }

  /**
   * Removes options that contradict the branch, and choices settled by that. Returns the options that are the only ones left of their
   * choice; undefined if a choice has none left.
   */
  private prune(branch: Branch): Option[] | undefined {
    const { goals } = this;
    const forced: Option[] = [];
    const open: Choice[] = [];
    for (const choice of branch.choices) {
      if (choice.failing !== undefined && alreadyFails(goals, branch, choice.failing)) continue;
      goals.fuel.spend(GLANCE_WORK * choice.options.length);
      const options = choice.options.filter((option) => !isOut(goals, branch, option));
      if (options.length === 0) return undefined;
      if (options.length === 1 && choice.options.length > 1 && isImplied(goals, branch, options[0])) continue;
      if (options.length === 1) forced.push(options[0]);
      else open.push(options.length === choice.options.length ? choice : { ...choice, options });
    }
    branch.choices = open;
    return forced;
  }

  private take(branch: Branch, literal: Literal, within: readonly number[]): boolean {
    if (branch.taken.has(literal.id ^ 1)) return false;
    branch.taken.add(literal.id);
    if (literal.kind === "schema" && literal.again !== undefined) return assume(literal, literal.again);
    const name = nameOf(literal);
    if (!branch.taken.add(`${name}|${within.join()}`)) return true;
    // A literal adds its number and its key.
    if (branch.taken.length > 2 * MAX_LITERALS) throw tooManyLiterals(literal);
    if (literal.kind === "values") return takeValues(this.goals, branch, literal);
    return literal.positive
      ? demandSchema(this.goals, branch, literal, within)
      : failSchema(this.goals, branch, literal);
  }
}

export function tooManyAlternatives(limit: number, location: string): SchemaError {
  const message = `This schema splits into more than ${limit} alternatives (limit alternatives).`;
  return new SchemaError("unsupported_schema", message, location);
}

/** Demands are split before prohibitions, many of which are settled by then. */
function takeChoice(branch: Branch): Choice | undefined {
  const index = branch.choices.findIndex((choice) => !choice.negative);
  return branch.choices.splice(Math.max(index, 0), 1)[0];
}

/**
 * The key of a literal in a branch. If all schemas of a cycle so far have to hold, the order in which they were entered does not
 * matter: they hold together, or one of them fails for another reason.
 */
function nameOf(literal: Literal): number | string {
  if (literal.kind === "values" || literal.node.circle === undefined || !literal.positive) return literal.id;
  const { node, scope } = literal;
  const isOrdered = scope.open.some(({ positive, isDenied }) => !positive || isDenied);
  return isOrdered ? literal.id : `${node.id}:${scope.resources.length}`;
}

/**
 * A schema that a cycle of references reaches while it is being evaluated for the same value. It adds nothing: it holds if
 * everything else holds, and no finite reason for its failure goes through itself. If it has to hold exactly when it fails,
 * it is paradoxical.
 */
function assume({ node, scope, positive }: SchemaLiteral, again: OpenSchema): boolean {
  if (!again.isDenied && again.positive === positive) return positive;
  const from = scope.open.indexOf(again);
  const circle = scope.open.slice(from, from + MAX_NAMED).map((open) => `"${open.node.location}"`);
  const last = scope.open.at(-1)!.node;
  const keyword = REFERENCES.find((name) => last.keyword(name) !== undefined);
  const message = `References lead in a circle in which a schema holds only where it fails: ${circle.join(", ")}, and back to "${node.location}".`;
  throw new SchemaError("invalid_schema", message, last.location, keyword);
}

/** Maximum number of schemas of a cycle named in an error. */
const MAX_NAMED = 6;
const REFERENCES = ["$ref", "$dynamicRef", "$recursiveRef"];

function tooManyLiterals(literal: Literal): SchemaError {
  const location = literal.kind === "schema" ? literal.node.location : "";
  const message = `More than ${MAX_LITERALS} schemas hold together here: its references go round in a circle.`;
  return new SchemaError("unsupported_schema", message, location, "$ref");
}
