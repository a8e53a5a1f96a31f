import { SchemaError } from "../errors.js";
import {
  ARRAY,
  type Binary,
  type Fuel,
  Goal,
  MOST_SOME_REQUIREMENTS,
  OBJECT,
  Search,
  type Shape,
  type ValueChoice,
} from "../grammar/index.js";
import type { RegexLimits } from "../regex/index.js";
import { Branch, type Choice } from "./branch.js";
import { buildShape } from "./build.js";
import type { SchemaDocument, SchemaNode, SchemaResource } from "./document/index.js";
import type { DynamicScope, Literal, SchemaLiteral, ValuesLiteral } from "./literal.js";
import { takeNegative } from "./negative.js";
import { isObviouslyPossible } from "./obvious.js";
import { takePositive } from "./positive.js";
import { alreadyFails, isConsistent } from "./prune.js";
import { takeValues } from "./values.js";

export interface GoalOptions {
  /** Counts what the goals cost. */
  readonly fuel: Fuel;
  readonly anyOrder: boolean;
  /** For generation: numbers have one spelling, and formats that are not regular are kept to their ordinary part. */
  readonly plain: boolean;
  /** Alternatives one goal may split into. */
  readonly alternatives: number;
  readonly regexStates: number;
}

/** A search for alternatives under way. */
interface Splitting {
  shapes: Shape[];
  /** Steps it may still take. */
  left: number;
  narrow: boolean;
  /** Some way to fail was left out. */
  cut: boolean;
}

/** Steps of a search from one call of `watch` to the next. */
const STEPS_PER_LOOK = 16;

/** Work of one step, in elementary steps, about. */
const SEARCH_WORK = 1000;

/** Steps of the search for all alternatives, before narrowing is tried. */
const FULL_SEARCH = 1500;

/** `contains` that one array can be held to side by side: its items are told apart by which of them they match. */
const MOST_CONTAINS = 12;

/**
 * The goals of one schema. A goal is a set of literals (schemas that must hold or must not, together); it is split
 * on demand into alternatives that the automaton can follow side by side. Everything is interned, so recursion in the
 * schema becomes a cycle of goals.
 */
export class Goals {
  readonly document: SchemaDocument;
  readonly options: GoalOptions;
  private readonly literals = new Map<string, Literal>();
  private readonly goals = new Map<string, Goal>();
  private readonly scopes = new Map<string, DynamicScope>();
  private nextLiteral = 0;
  private nextTracker = 1;
  private readonly exactTrackers = new Set<number>();
  private readonly emptyScope: DynamicScope = { id: 0, resources: [] };
  /** Pointers of schemas whose alternatives had to be narrowed. */
  readonly narrowed = new Set<string>();
  /** All goals in the order they were made: `explore` goes through them. */
  readonly made: Goal[] = [];
  /** Called now and then while alternatives are searched: throws where the search has to stop. Nothing is lost by that. */
  watch: (() => void) | undefined;
  private countdown = STEPS_PER_LOOK;
  readonly search = new Search();

  constructor(document: SchemaDocument, options: GoalOptions) {
    this.document = document;
    this.options = options;
  }

  get fuel(): Fuel {
    return this.options.fuel;
  }

  /** What one pattern may cost. */
  get regexLimits(): RegexLimits {
    return { states: this.options.regexStates, fuel: this.fuel };
  }

  get root(): Goal {
    return this.goal([this.schema(this.document.root, this.emptyScope, true)]);
  }

  /** A conjunct for `node`, entered from `scope`. */
  schema(node: SchemaNode, scope: DynamicScope, positive: boolean): SchemaLiteral {
    const inner = this.enter(scope, node.resource);
    const key = `${node.id},${inner.id}`;
    let even = this.literals.get(key) as SchemaLiteral | undefined;
    if (even === undefined) {
      even = { kind: "schema", id: this.nextLiteral, node, scope: inner, positive: true };
      this.literals.set(key, even);
      this.literals.set(`!${key}`, { ...even, id: this.nextLiteral + 1, positive: false });
      this.nextLiteral += 2;
    }
    return positive ? even : (this.literals.get(`!${key}`) as SchemaLiteral);
  }

  /** A conjunct for the subschema of the literal's node under `keyword`. */
  child(
    literal: SchemaLiteral,
    keyword: string,
    member: string | number | undefined,
    positive: boolean,
  ): SchemaLiteral {
    return this.schema(this.document.child(literal.node, keyword, member), literal.scope, positive);
  }

  /** A conjunct for the values with these canonical spellings. */
  values(values: readonly Binary[], positive: boolean): ValuesLiteral {
    const key = `=${[...values].sort().join("\n")}`;
    let even = this.literals.get(key) as ValuesLiteral | undefined;
    if (even === undefined) {
      even = {
        kind: "values",
        id: this.nextLiteral,
        values,
        set: new Set(values),
        positive: true,
      };
      this.literals.set(key, even);
      this.literals.set(`!${key}`, { ...even, id: this.nextLiteral + 1, positive: false });
      this.nextLiteral += 2;
    }
    return positive ? even : (this.literals.get(`!${key}`) as ValuesLiteral);
  }

  /** Holds for no value. */
  get never(): ValuesLiteral {
    return this.values([], true);
  }

  /** Holds for every value. */
  get always(): ValuesLiteral {
    return this.values([], false);
  }

  /** Whether every value surely meets the literal. */
  isAlways(literal: Literal): boolean {
    if (literal.kind === "values") return !literal.positive && literal.values.length === 0;
    const { value } = literal.node;
    if (!literal.positive) return value === false;
    return value === true || (typeof value === "object" && Object.keys(value).length === 0);
  }

  /** A conjunct for `node` where no dynamic reference has led to. */
  plain(node: SchemaNode): SchemaLiteral {
    return this.schema(node, this.emptyScope, true);
  }

  /** The literal itself or, where its schema is nothing but a `$ref`, that of the schema referred to. */
  target(literal: Literal): Literal {
    let found = literal;
    for (let hops = 0; hops < 8 && found.kind === "schema"; hops++) {
      const { node, scope, positive } = found;
      if (node.keyword("$ref") === undefined) break;
      if (!node.referenceOnly && Object.keys(node.value).length > 1) break;
      found = this.schema(this.document.reference(node), scope, positive);
    }
    return found;
  }

  /** The same literal with the other sign. */
  opposite(literal: Literal): Literal {
    return literal.kind === "schema"
      ? this.schema(literal.node, literal.scope, !literal.positive)
      : this.values(literal.values, !literal.positive);
  }

  goal(literals: readonly Literal[]): Goal {
    const kept = literals.length === 1 ? literals : [...new Set(literals)].sort((a, b) => a.id - b.id);
    const key = kept.length === 1 ? String(kept[0].id) : kept.map((literal) => literal.id).join(",");
    let goal = this.goals.get(key);
    if (goal === undefined) {
      goal = new Goal(
        this.made.length,
        this.search,
        () => this.expand(kept),
        () => isObviouslyPossible(this, kept),
      );
      this.goals.set(key, goal);
      this.made.push(goal);
    }
    return goal;
  }

  /** The goal of a member whose value is limited to some values, or to any but these. */
  chosen(literals: readonly Literal[], choice: ValueChoice | undefined): Goal {
    return this.goal(
      choice === undefined ? literals : [...literals, this.values(choice.values, choice.isAmong)],
    );
  }

  /** A number for an `unevaluated` keyword; `exact` where it has to find something that nothing has evaluated. */
  newTracker(exact = false): number {
    const id = this.nextTracker++;
    if (exact) this.exactTrackers.add(id);
    return id;
  }

  /** Whether it matters for one of the keywords that what does not count as evaluated really does not. */
  isExact(trackers: readonly number[]): boolean {
    return trackers.some((id) => this.exactTrackers.has(id));
  }

  private enter(scope: DynamicScope, resource: SchemaResource): DynamicScope {
    if (!this.document.usesDynamicReferences || !resource.dynamic || scope.resources.includes(resource))
      return scope;
    const resources = [...scope.resources, resource];
    const key = resources.map(({ id }) => id).join(",");
    let found = this.scopes.get(key);
    if (found === undefined) this.scopes.set(key, (found = { id: this.scopes.size + 1, resources }));
    return found;
  }

  private expand(literals: readonly Literal[]): Shape[] {
    const where = literals.find((literal) => literal.kind === "schema");
    const all = this.alternatives(literals, false);
    if (all !== undefined) {
      if (all.cut) this.narrowed.add(where?.node.pointer ?? "");
      return all.shapes;
    }
    // Too many ways to combine: for every negation the first way to fail that fits has to do. Nothing invalid comes
    // in by that, but some documents are left out; the caller is told.
    const some = this.alternatives(literals, true);
    if (some === undefined) {
      throw new SchemaError(
        "unsupported_schema",
        `This schema splits into more than ${this.options.alternatives} alternatives.`,
        where?.node.pointer ?? "",
      );
    }
    if (some.cut) this.narrowed.add(where?.node.pointer ?? "");
    return some.shapes;
  }

  /** The alternatives of a conjunction; undefined where they are too many. */
  private alternatives(literals: readonly Literal[], narrow: boolean): Splitting | undefined {
    const branch = new Branch();
    for (const literal of literals) branch.pending.push({ literal, within: [] });
    const search: Splitting = {
      shapes: [],
      left: narrow ? this.options.alternatives * 4 : FULL_SEARCH,
      narrow,
      cut: false,
    };
    this.solve(branch, search);
    return search.left < 0 || search.shapes.length > this.options.alternatives ? undefined : search;
  }

  /** Takes in what is pending, then splits at one open choice after the other; contradictions end a branch early. True where the branch led to a shape. */
  private solve(branch: Branch, search: Splitting): boolean {
    for (let next = branch.pending.shift(); next !== undefined; next = branch.pending.shift()) {
      if (!this.take(branch, next.literal, next.within) || branch.types === 0) return false;
    }
    this.fuel.spend(SEARCH_WORK);
    if (--this.countdown === 0) {
      this.countdown = STEPS_PER_LOOK;
      this.watch?.();
    }
    if (--search.left < 0 || search.shapes.length > this.options.alternatives) return false;
    if (branch.someProperties.length > MOST_SOME_REQUIREMENTS) {
      branch.types &= ~OBJECT;
      search.cut = true;
    }
    if (branch.contains.length > MOST_CONTAINS) {
      branch.types &= ~ARRAY;
      search.cut = true;
    }
    if (branch.types === 0 || !isConsistent(this, branch)) return false;
    const choice = this.nextChoice(branch);
    if (choice === undefined) {
      const shape = buildShape(this, branch);
      if (shape !== undefined) search.shapes.push(shape);
      return shape !== undefined;
    }
    let any = false;
    const { options } = choice;
    for (let i = 0; i < options.length; i++) {
      if (options[i].literals.some(({ literal }) => branch.taken.has(literal.id ^ 1))) continue;
      const copy = i === options.length - 1 ? branch : branch.clone();
      copy.pending.push(...options[i].literals);
      options[i].apply?.(copy);
      if (copy.types !== 0 && this.solve(copy, search)) {
        any = true;
        if (search.narrow && choice.negative && i < options.length - 1) {
          search.cut = true;
          break;
        }
      }
    }
    return any;
  }

  /** What is demanded splits before what is forbidden: by then much of that is out of the question anyway. */
  private nextChoice(branch: Branch): Choice | undefined {
    const index = branch.choices.findIndex((choice) => !choice.negative);
    if (index >= 0) return branch.choices.splice(index, 1)[0];
    for (let choice = branch.choices.shift(); choice !== undefined; choice = branch.choices.shift()) {
      if (choice.failing === undefined || !alreadyFails(this, branch, choice.failing)) return choice;
    }
    return undefined;
  }

  private take(branch: Branch, literal: Literal, within: readonly number[]): boolean {
    if (branch.taken.has(literal.id ^ 1)) return false;
    branch.taken.add(literal.id);
    const key = within.length === 0 ? String(literal.id) : `${literal.id}|${within.join(",")}`;
    if (branch.seen.has(key)) return true;
    branch.seen.add(key);
    if (literal.kind === "values") return takeValues(this, branch, literal);
    return literal.positive
      ? takePositive(this, branch, literal, within)
      : takeNegative(this, branch, literal);
  }
}
