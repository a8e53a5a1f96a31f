import { type Binary, type Fuel, Goal, Search, type ValueChoice } from "../../grammar/index.js";
import type { BoundedLanguage, ByteAutomaton, RegexLimits } from "../../regex/index.js";
import type { SchemaDocument, SchemaNode, SchemaResource } from "../document/index.js";
import type { MemberGlance } from "./disjoint.js";
import type { Literal, OpenSchema, SchemaLiteral, Scope, ValuesLiteral } from "./literal.js";
import type { Outline } from "./outline.js";
import { QuickLook } from "./quickLook.js";
import { Solver } from "./solver.js";

export interface GoalOptions {
  /** Counts the cost of the goals. */
  readonly fuel: Fuel;
  readonly anyOrder: boolean;
  /** For generation: numbers have one spelling, and formats that are not regular are restricted to their regular part. */
  readonly plain: boolean;
  /** For generation: objects with named members have no others, unless the schema mentions others. */
  readonly closed: boolean;
  /** Maximum number of alternatives per goal. */
  readonly alternatives: number;
  readonly regexStates: number;
  /** Collects the locations of schemas with too many alternatives; shared by the goals of one schema. */
  readonly narrowed: Set<string>;
  /** Whether such schemas are over-approximated instead of under-approximated. */
  readonly widened: boolean;
}

const NULL_TEXT: Binary = "null";

/** Work of one value that a member is restricted to, or kept from, in elementary steps, about. */
const CHOICE_WORK = 60;

/** Maximum length of a chain of `$ref`s that is followed at once. */
const MAX_HOPS = 8;

type Pair<T extends Literal> = readonly [holds: T, fails: T];

/**
 * The goals of one schema, interned. A goal is a conjunction of literals (schemas that must hold or must fail). On demand, the
 * solver splits it into alternatives that the automaton follows in parallel. Since equal goals are the same object,
 * recursion in the schema becomes a cycle of goals.
 */
export class Goals {
  readonly document: SchemaDocument;
  readonly options: GoalOptions;
  readonly search: Search;
  readonly solver: Solver;
  readonly quickLook: QuickLook;
  /** All goals, in order of creation. */
  readonly made: Goal[] = [];
  // Cached outlines: see `outline.ts`.
  readonly outlines = new WeakMap<SchemaNode, Outline>();
  readonly languages = new WeakMap<SchemaNode, readonly ByteAutomaton[]>();
  readonly disjointLanguages = new WeakMap<ByteAutomaton, Map<ByteAutomaton, boolean>>();
  readonly disjoint = new Map<string, boolean>();
  // The regular expressions of the schema, by source, for values and for names: each is compiled once.
  readonly patterns = new Map<string, BoundedLanguage>();
  readonly namePatterns = new Map<string, ByteAutomaton>();
  readonly required = new WeakMap<SchemaLiteral, readonly string[]>();
  readonly members = new WeakMap<SchemaLiteral, Map<string, MemberGlance>>();
  readonly conjuncts = new WeakMap<SchemaLiteral, readonly SchemaLiteral[]>();
  readonly negations = new WeakMap<SchemaLiteral, readonly SchemaLiteral[]>();
  readonly unions = new WeakMap<SchemaLiteral, readonly (readonly SchemaLiteral[])[]>();
  private readonly pairs = new Map<string, Pair<Literal>>();
  /** The literals of lists, which lists of thousands are sorted for once. */
  private readonly lists = new WeakMap<readonly Binary[], Pair<ValuesLiteral>>();
  private readonly goals = new Map<string, Goal>();
  private readonly scopes = new Map<string, Scope>();
  private nextLiteral = 0;
  private nextTracker = 1;
  private readonly exactTrackers = new Set<number>();
  private readonly emptyScope: Scope = { id: 0, resources: [], open: [] };

  constructor(document: SchemaDocument, options: GoalOptions) {
    this.document = document;
    this.options = options;
    this.search = new Search(options.fuel);
    this.solver = new Solver(this);
    this.quickLook = new QuickLook(this);
  }

  get fuel(): Fuel {
    return this.options.fuel;
  }

  /** Limits of one regular expression. */
  get regexLimits(): RegexLimits {
    return { states: this.options.regexStates, fuel: this.fuel };
  }

  get root(): Goal {
    return this.goal([this.schema(this.document.root, this.emptyScope, true)]);
  }

  /** The root schema restricted to one value, by canonical spelling. */
  rootWith(value: Binary): Goal {
    return this.goal([this.schema(this.document.root, this.emptyScope, true), this.values([value], true)]);
  }

  /** A literal for `node`, entered from `scope`. */
  schema(node: SchemaNode, scope: Scope, positive: boolean): SchemaLiteral {
    const inner = this.enter(scope, node.resource);
    const pair = this.pair(`${node.id},${inner.id}`, (id): SchemaLiteral => {
      const again = inner.open.find((open) => open.node === node && open.depth === inner.resources.length);
      return { kind: "schema", id, node, scope: inner, positive: true, again };
    });
    return pair[positive ? 0 : 1];
  }

  /** A literal for the subschema of the literal's node under `keyword`. */
  child(
    literal: SchemaLiteral,
    keyword: string,
    member: string | number | undefined,
    positive: boolean,
  ): SchemaLiteral {
    const node = this.document.child(literal.node, keyword, member);
    const { scope } = literal;
    if (scope.open.length === 0 && node.circle === undefined) return this.schema(node, scope, positive);
    const isInPlace = literal.node.resource.keywords.get(keyword)?.inPlace === true;
    return this.schema(node, isInPlace ? this.scopeOf(literal, node) : this.reopen(scope, []), positive);
  }

  /** A literal for `node`, the target of a reference of the literal's node. */
  referred(literal: SchemaLiteral, node: SchemaNode, positive: boolean): SchemaLiteral {
    return this.schema(node, this.scopeOf(literal, node), positive);
  }

  /** The scope of `node` if the literal's node applies to the same value. */
  private scopeOf({ node: from, scope, positive }: SchemaLiteral, node: SchemaNode): Scope {
    const { open, resources } = scope;
    if (node.circle === undefined || node.circle !== from.circle) return this.reopen(scope, []);
    const before = open.map((one) => (one.positive === positive ? one : { ...one, isDenied: true }));
    return this.reopen(scope, [
      ...before,
      { node: from, depth: resources.length, positive, isDenied: false },
    ]);
  }

  private reopen(scope: Scope, open: readonly OpenSchema[]): Scope {
    if (open.length === 0 && scope.open.length === 0) return scope;
    return this.scope(scope.resources, open);
  }

  private scope(resources: readonly SchemaResource[], open: readonly OpenSchema[]): Scope {
    const marks = open.map(
      ({ node, depth, positive, isDenied }) =>
        `${node.id}.${depth}${positive ? "+" : "-"}${isDenied ? "!" : ""}`,
    );
    const key = `${resources.map(({ id }) => id).join(",")};${marks.join(",")}`;
    let found = this.scopes.get(key);
    if (found === undefined) this.scopes.set(key, (found = { id: this.scopes.size + 1, resources, open }));
    return found;
  }

  /** A literal for the values with these canonical spellings. */
  values(given: readonly Binary[], positive: boolean): ValuesLiteral {
    let pair = this.lists.get(given);
    if (pair === undefined) {
      const set = new Set(given);
      // Equal values, such as `1` and `1.0`, are one: how many there are is counted.
      const values = set.size === given.length ? given : [...set];
      pair = this.pair(
        `=${[...values].sort().join("\n")}`,
        (id): ValuesLiteral => ({ kind: "values", id, values, set, positive: true }),
      );
      this.lists.set(given, pair);
    }
    return pair[positive ? 0 : 1];
  }

  /** A literal and its negation, interned under `key`; `make` makes the literal. */
  private pair<T extends Literal>(key: string, make: (id: number) => T): Pair<T> {
    let found = this.pairs.get(key) as Pair<T> | undefined;
    if (found === undefined) {
      const holds = make(this.nextLiteral);
      found = [holds, { ...holds, id: this.nextLiteral + 1, positive: false }];
      this.pairs.set(key, found);
      this.nextLiteral += 2;
    }
    return found;
  }

  /** Holds for no value. */
  get never(): ValuesLiteral {
    return this.values([], true);
  }

  /** Holds for every value. */
  get always(): ValuesLiteral {
    return this.values([], false);
  }

  /** Whether every value surely satisfies the literal. */
  isAlways(literal: Literal): boolean {
    if (literal.kind === "values") return !literal.positive && literal.values.length === 0;
    const { value, assertions } = literal.node;
    if (!literal.positive) return value === false;
    return value !== false && assertions.length === 0;
  }

  /** A literal for `node` outside of any dynamic scope. */
  plain(node: SchemaNode): SchemaLiteral {
    return this.schema(node, this.emptyScope, true);
  }

  /** The literal itself, or that of the target if its schema is just a `$ref`. */
  target(literal: Literal): Literal {
    let found = literal;
    for (let hops = 0; hops < MAX_HOPS && found.kind === "schema"; hops++) {
      const { node, positive, again } = found;
      if (again !== undefined) break;
      if (node.assertions.length !== 1 || node.assertions[0].keyword.name !== "$ref") break;
      found = this.referred(found, this.document.reference(node), positive);
    }
    return found;
  }

  /** The same literal with the other sign. */
  opposite(literal: SchemaLiteral): SchemaLiteral;
  opposite(literal: Literal): Literal;
  opposite(literal: Literal): Literal {
    return literal.kind === "schema"
      ? this.schema(literal.node, literal.scope, !literal.positive)
      : this.values(literal.values, !literal.positive);
  }

  /** The goal of a conjunction. References to the same schema have the same goal. */
  goal(literals: readonly Literal[]): Goal {
    const targets = literals.map((literal) => this.target(literal));
    const kept = targets.length === 1 ? targets : [...new Set(targets)].sort((a, b) => a.id - b.id);
    const key = kept.length === 1 ? String(kept[0].id) : kept.map((literal) => literal.id).join(",");
    let goal = this.goals.get(key);
    if (goal === undefined) {
      goal = new Goal(
        this.made.length,
        this.search,
        () => this.solver.expand(kept),
        () => this.quickLook.isPossibleTogether(kept),
      );
      this.goals.set(key, goal);
      this.made.push(goal);
    }
    return goal;
  }

  /**
   * The goal of a member's name. It excludes `null`: with closed documents, schemas that mention members or items would otherwise
   * count as those of objects or arrays only.
   */
  ofName(literals: readonly Literal[]): Goal {
    return this.goal([...literals, this.values([NULL_TEXT], false)]);
  }

  /** The goal of a member whose value is restricted to some values, or to all others. */
  chosen(literals: readonly Literal[], choice: ValueChoice | undefined): Goal {
    if (choice === undefined) return this.goal(literals);
    this.fuel.spend(CHOICE_WORK * choice.values.length);
    return this.goal([...literals, this.values(choice.values, choice.isAmong)]);
  }

  /** A number for an `unevaluated*` keyword; `exact` if it has to find something that nothing has evaluated. */
  newTracker(exact = false): number {
    const id = this.nextTracker++;
    if (exact) this.exactTrackers.add(id);
    return id;
  }

  /** Whether one of the keywords depends on what is exactly unevaluated. */
  isExact(trackers: readonly number[]): boolean {
    return trackers.some((id) => this.exactTrackers.has(id));
  }

  private enter(scope: Scope, resource: SchemaResource): Scope {
    if (!this.document.usesDynamicReferences || !resource.dynamic || scope.resources.includes(resource))
      return scope;
    return this.scope([...scope.resources, resource], scope.open);
  }
}
