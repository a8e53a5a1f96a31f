import fc from "fast-check";
import { expect, test } from "vitest";
import { fromFragment, toFragment } from "./link.js";
import type { PageRequest } from "./request.js";

const text = fc.string({ unit: "grapheme" });
const requests: fc.Arbitrary<PageRequest> = fc.record({
  mode: fc.constantFrom("document", "chat", "regex"),
  system: text,
  prompt: text,
  schema: text,
  tools: text,
  toolChoice: fc.constantFrom("auto", "required", "none"),
  regex: text,
  earlier: fc.constant([{ role: "user" as const, content: "a secret of an earlier turn" }]),
  settings: fc.record({
    temperature: fc.constantFrom("", "0.5"),
    max_tokens: fc.constantFrom("", "99"),
    seed: fc.constantFrom("", "-3"),
  }),
});

test("a link carries all that its mode uses, and nothing else", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const fragment = toFragment(request);
      const linked = fromFragment(fragment);
      const { mode, prompt, system, settings } = request;
      expect(linked).toMatchObject({ mode, prompt });
      expect(linked?.system ?? "").toBe(system);
      const subject = { document: "schema", chat: "tools", regex: "regex" } as const;
      for (const name of Object.values(subject)) {
        expect(linked?.[name]).toBe(name === subject[mode] ? request[name] : undefined);
      }
      expect({ temperature: "", max_tokens: "", seed: "", ...linked?.settings }).toEqual(settings);
      expect(fragment).not.toContain("secret");
    }),
  );
});

test("whatever else stands behind the number sign is no link", () => {
  fc.assert(
    fc.property(text, (fragment) => {
      expect(fromFragment(fragment)).toBeUndefined();
    }),
  );
  expect(fromFragment("#mode=script&prompt=x")).toBeUndefined();
  expect(fromFragment(`#mode=document&prompt=${"x".repeat(600_000)}`)).toBeUndefined();
  expect(fromFragment("#mode=document&seed=alert(1)&temperature=1")?.settings).toEqual({ temperature: "1" });
});
