import { STRING } from "../../grammar/index.js";
import type { JsonValue } from "../../json/index.js";
import {
  type ByteAutomaton,
  boundedFormat,
  complement,
  type FormatCheck,
  formatCheck,
  formatNames,
} from "../../regex/index.js";
import { DIALECT_AGE, type SchemaNode } from "../document/index.js";
import type { Branch, Option } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Failures } from "./failures.js";
import { mustBeString } from "./forms.js";
import { keyword } from "./keyword.js";
import { languageFailures, limitLanguage, limitString } from "./languages.js";

const knownFormats = new Set(formatNames());

/** Whether a format is enforced; others are annotations. */
export function isKnownFormat(name: unknown): name is string {
  return typeof name === "string" && knownFormats.has(name);
}

/**
 * The format that a schema means. `uuid` is defined since draft 2019-09, by RFC 4122; before, it depended on validators, which also
 * accept the URN `urn:uuid:`.
 */
function formatName(node: SchemaNode, given: JsonValue): string {
  const isLoose = given === "uuid" && DIALECT_AGE[node.dialect] < DIALECT_AGE["2019-09"];
  return isLoose ? "guid" : (given as string);
}

/** Adds that strings have a format. For a format that is not regular, its regular part is separated from the rest. */
export function limitFormat(goals: Goals, branch: Branch, name: string): void {
  const ordinary = boundedFormat(name, goals.options.plain ? "ordinary" : "whole");
  if (ordinary === undefined) return;
  const whole = formatCheck(name);
  if (whole === undefined || goals.options.plain) {
    limitLanguage(branch, ordinary);
    return;
  }
  branch.choices.push({
    options: [
      { literals: [], apply: (b) => limitLanguage(b, ordinary) },
      { literals: [], apply: (b) => limitToRest(b, name, whole, true) },
    ],
    negative: false,
  });
}

/** The ways in which a string can lack the format. */
export function formatFailures({ goals, types }: Failures, name: string): Option[] {
  if ((types & STRING) === 0) return [];
  const whole = formatCheck(name);
  if (whole === undefined) {
    const language = boundedFormat(name, "whole");
    return language === undefined ? [] : languageFailures(language, goals.fuel);
  }
  // For generation, the string must be known to lack the format before it is complete; otherwise there might be no ending.
  if (goals.options.plain) {
    const { outside } = whole;
    if (outside === undefined) return languageFailures(whole.candidates, goals.fuel);
    return [{ literals: [], types: STRING, apply: (b) => limitLanguage(b, outside) }];
  }
  return [
    ...languageFailures(whole.candidates, goals.fuel),
    { literals: [], types: STRING, apply: (b) => limitToRest(b, name, whole, false) },
  ];
}

/** Strings that the machine of the regular part does not accept. Lengths are checked by the candidates. */
function restOf(name: string): ByteAutomaton {
  return complement(boundedFormat(name, "whole")!.automaton);
}

/** Strings outside of the regular part, which are decided one by one. */
function limitToRest(branch: Branch, name: string, whole: FormatCheck, has: boolean): void {
  limitString(branch, restOf(name));
  limitLanguage(branch, whole.candidates);
  branch.string.checks = [...branch.string.checks, (text) => whole.check(text) === has];
}

export const format = keyword({
  name: "format",
  since: "draft-04",
  vocabulary: "format",
  concerns: STRING,
  asserts: (node) => isKnownFormat(node.keyword("format")),
  fault: mustBeString,
  note: (value) =>
    isKnownFormat(value) ? undefined : `"${value}" is not a known format: it restricts nothing`,
  demand: (given, { goals, branch, node }) => limitFormat(goals, branch, formatName(node, given)),
  fail: (given, failures) =>
    failures.ways.push(...formatFailures(failures, formatName(failures.node, given))),
  quickLook: (node, look) => look.isOnlyLanguage(node),
  // The regular part of a format is not all of it.
  language: (given, node) => {
    const name = formatName(node, given);
    return formatCheck(name) === undefined ? boundedFormat(name, "whole")?.automaton : undefined;
  },
  remote: "format",
});
