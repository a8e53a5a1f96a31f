import { SchemaError } from "../../errors.js";
import {
  type Content,
  contentOf,
  FREE_STRING,
  type Fuel,
  LiteralList,
  NumberMachine,
  type NumberShape,
  numberShapeKey,
  readable,
  type StringLexeme,
  StringMachine,
  spell,
} from "../../grammar/index.js";
import {
  type ByteAutomaton,
  intersect,
  RegexError,
  universal,
  type WorkCounter,
  wellFormed,
} from "../../regex/index.js";
import type { NumberParts, StringParts } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";

// All schemas of the process share machines, so that equal constraints use the same states and masks.

const numberMachines = new Map<string, NumberMachine>();
const MAX_NUMBER_MACHINES = 2000;
/** Approximate costs of a number machine in elementary steps: of itself, and of each number listed or excluded. */
const MACHINE_WORK = 100;
const LISTED_WORK = 30;
/** The machines of one content, by length bounds. */
const MAX_BOUNDS = 500;

export function numberMachineOf(parts: NumberParts, fuel: Fuel): NumberMachine {
  const shape = parts as NumberShape;
  // Counted whether or not another schema has left the machine behind.
  fuel.spend(MACHINE_WORK + LISTED_WORK * (shape.excluded.length + (shape.values?.length ?? 0)));
  const kept = readable(shape);
  const machine = machineOfNumbers(kept);
  // Numbers beyond a double are better than none.
  return kept !== shape && machine.isEmpty ? machineOfNumbers(shape) : machine;
}

function machineOfNumbers(shape: NumberShape): NumberMachine {
  const key = numberShapeKey(shape);
  let machine = numberMachines.get(key);
  if (machine === undefined) {
    if (numberMachines.size >= MAX_NUMBER_MACHINES)
      numberMachines.delete(numberMachines.keys().next().value as string);
    numberMachines.set(key, (machine = new NumberMachine(shape)));
  }
  return machine;
}

const contents = new WeakMap<ByteAutomaton, Content>();
const machines = new WeakMap<Content, Map<string, StringMachine>>();

export function contentFor(automaton: ByteAutomaton, fuel?: WorkCounter): Content {
  let content = contents.get(automaton);
  if (content === undefined) {
    content = automaton.isUniversal ? FREE_STRING.content : contentOf(wellFormed(automaton, fuel));
    contents.set(automaton, content);
  }
  return content;
}

export function stringMachine(
  content: Content,
  escapes: "all" | "paired" | "canonical",
  minLength: number,
  maxLength: number,
): StringMachine {
  let byKey = machines.get(content);
  if (byKey === undefined) machines.set(content, (byKey = new Map()));
  const isBounded = minLength > 0 || maxLength !== Number.POSITIVE_INFINITY;
  if (!isBounded && escapes === "all" && content === FREE_STRING.content) return FREE_STRING;
  const key = `${escapes},${minLength},${maxLength}`;
  let machine = byKey.get(key);
  if (machine === undefined) {
    if (byKey.size >= MAX_BOUNDS) byKey.delete(byKey.keys().next().value as string);
    // Far from the bounds, all use the states and masks of the unbounded machine.
    const unbounded = isBounded
      ? { unbounded: stringMachine(content, escapes, 0, Number.POSITIVE_INFINITY) }
      : {};
    machine = new StringMachine({ content, escapes, minLength, maxLength, ...unbounded });
    byKey.set(key, machine);
  }
  return machine;
}

/** The intersection of all languages. */
export function together(goals: Goals, automata: readonly ByteAutomaton[]): ByteAutomaton {
  try {
    return automata.reduce((a, b) => (a === b ? a : intersect(a, b, goals.regexLimits)));
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new SchemaError(
      "schema_too_large",
      "Patterns that hold together make too large an automaton.",
      "",
      "pattern",
      error,
    );
  }
}

/** A lexeme with its parts, for code that needs its language. */
export interface PartedLexeme extends StringLexeme {
  readonly parts: StringParts;
}

export function stringLexemeOf(goals: Goals, parts: StringParts): PartedLexeme {
  if (parts.values !== undefined) {
    const excluded = new Set(parts.excluded);
    const kept = parts.values.filter((value) => !excluded.has(value) && isHeld(parts, value));
    return { literals: listOf(kept), parts };
  }
  const automaton = parts.automata.length === 0 ? universal() : together(goals, parts.automata);
  const content = contentFor(automaton, goals.fuel);
  goals.fuel.hold(automaton.byteLength);
  // Excluded texts are identified by their spelling, so each must have only one.
  const free = goals.options.plain && content.isUniversal ? "paired" : "all";
  const escapes = parts.excluded.length > 0 ? "canonical" : free;
  const machine = stringMachine(content, escapes, parts.minLength, parts.maxLength);
  if (machine !== FREE_STRING) goals.fuel.share(machine);
  return {
    machine,
    parts,
    ...(parts.checks.length > 0 && { checks: parts.checks }),
    ...(parts.excluded.length > 0 && { excluded: listOf(new Set(parts.excluded)) }),
  };
}

/** The spellings of texts, without the first quote. */
function listOf(values: Iterable<string>): LiteralList {
  return LiteralList.of([...values].map((value) => spell(value).slice(1)));
}

/** Whether a string satisfies everything except the individual exclusions. */
function isHeld(parts: StringParts, value: string): boolean {
  let length = 0;
  for (const _ of value) length++;
  if (length < parts.minLength || length > parts.maxLength) return false;
  return (
    parts.automata.every((automaton) => automaton.matches(value)) &&
    parts.checks.every((check) => check(value))
  );
}

/** Whether a string belongs to a lexeme. */
export function lexemeHolds(lexeme: StringLexeme, value: string): boolean {
  const parts = (lexeme as PartedLexeme).parts;
  const { excluded, values } = parts;
  return !excluded.includes(value) && isHeld(parts, value) && (values?.includes(value) ?? true);
}
