import type { ByteAutomaton } from "./automaton.js";

/** The automaton of a `format`; undefined for one that only annotates. */
export function compileFormat(_name: string): ByteAutomaton | undefined {
  return undefined;
}

/** The formats that `compileFormat` knows. */
export function formatNames(): string[] {
  return [];
}
