import { describe, expect, it } from "vitest";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { type Content, contentOf } from "./content.js";
import { signatureOf } from "./signature.js";

const contentFor = (pattern: string): Content => contentOf(wellFormed(compilePattern(pattern)));

function follow({ start, next, classCount, classOf }: Content, text: string): number {
  let state = start;
  for (const byte of new TextEncoder().encode(text)) state = next[state * classCount + classOf[byte]];
  return state;
}

/** The signature after `text`. */
function signatureAfter(pattern: string, text: string, most = 64): string | undefined {
  const content = contentFor(pattern);
  return signatureOf(content, follow(content, text), most);
}

describe("signatures of states", () => {
  it("agree where the same texts follow, in whichever automaton", () => {
    expect(signatureAfter("^a[0-9]+$", "a1")).toBe(signatureAfter("^[0-9]+$", "7"));
    expect(signatureAfter("^(foo|bar)-[a-z]*$", "foo-")).toBe(signatureAfter("^[a-z]*$", ""));
    // Classes of bytes differ, what they do does not.
    expect(signatureAfter("^x?[a-y]*z?$", "xz")).toBe(signatureAfter("^ab?$", "ab"));
  });

  it("differ where anything else follows", () => {
    const all = ["^[0-9]+$", "^[0-9]*$", "^[0-8]+$", "^[0-9]{2}$", "^[0-9]+x$", "^é$", "^ê$", "^$"];
    expect(new Set(all.map((pattern) => signatureAfter(pattern, ""))).size).toBe(all.length);
  });

  it("differ where only the labels of the ends do", () => {
    const content = contentFor("^a?$");
    const other = { ...content, label: content.label.map((label) => (label === 0 ? 1 : label)) };
    expect(signatureOf(content, content.start, 64)).not.toBe(signatureOf(other, other.start, 64));
  });

  it("are not told of automata with more states than asked for", () => {
    expect(signatureAfter("^[a-z]{30}$", "", 20)).toBeUndefined();
    expect(signatureAfter("^[a-z]{30}$", "a".repeat(20), 20)).toBeDefined();
  });
});
