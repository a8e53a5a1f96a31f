import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readCases, readVocabulary } from "../src/bench/benches/masks/cases.js";
import { MaskRun } from "../src/bench/benches/masks/run.js";
import { Walker } from "../src/bench/benches/masks/walks.js";
import { compileSchema } from "../src/constraint/index.js";
import { DocumentCheck } from "../src/engine/validate/documentCheck.js";
import { SchemaError } from "../src/errors.js";

// Cases that are not part of this project: a folder with `cases.ndjson.gz` and `vocabulary.json`, named by
// FORMWORK_CASES. A shard of them runs here, FORMWORK_CASES_SHARD or the first of 32; verdicts that differ from
// right are pinned by a digest of the case's id, and drift to either side fails. All of them by one command:
//   node dist/bench/benches/masks/main.js --cases "$FORMWORK_CASES"
const folder = process.env["FORMWORK_CASES"];
const [index, count] = (process.env["FORMWORK_CASES_SHARD"] ?? "0/32").split("/").map(Number);

/** Verdict by digest of the id: `refused`, `valid refused`, `invalid let through`, or both. All others pass. */
const pinned = JSON.parse(readFileSync(new URL("./pinned/outside.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

function digest(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}

if (folder) describe("cases from outside", () => casesFromOutside(folder));

function casesFromOutside(cases: string): void {
  test("get the verdicts that are pinned", async () => {
    const run = new MaskRun(await readVocabulary(cases));
    const differing: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for await (const one of readCases(cases, { index, count })) {
      const outcome = run.run(one);
      expect(outcome.exception, `${one.id} failed with a defect`).toBeUndefined();
      const verdicts = [
        ...(outcome.compile_error === undefined ? [] : ["refused"]),
        ...(outcome.validation_error === undefined ? [] : ["valid refused"]),
        ...(outcome.invalidation_error === undefined ? [] : ["invalid let through"]),
        ...(outcome.timeout === undefined ? [] : ["late"]),
      ];
      const id = digest(one.id);
      if (verdicts.length > 0) differing[id] = verdicts.join(", ");
      if (Object.hasOwn(pinned, id)) expected[id] = pinned[id];
    }
    expect(run.figures().schemas).toBeGreaterThan(0);
    expect(differing).toEqual(expected);
  });

  test("take random walks that end in valid documents", async () => {
    const vocabulary = await readVocabulary(cases);
    const walker = new Walker(vocabulary, 20260);
    const check = new DocumentCheck();
    const wrong: unknown[] = [];
    let walks = 0;
    for await (const one of readCases(cases, { index, count: count * 4 })) {
      let grammar: ReturnType<typeof compileSchema>;
      try {
        grammar = compileSchema(one.schema, { numbers: "plain" });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(SchemaError);
        continue;
      }
      if (grammar.matcher(vocabulary).tokensToEnd() > 300) continue;
      walks++;
      const outcome = walker.walk(grammar, 300);
      if ("fault" in outcome) wrong.push({ id: one.id, ...outcome });
      else {
        const verdict = await check.check({ schemaText: JSON.stringify(one.schema) }, outcome.text);
        if (!verdict.valid) wrong.push({ id: one.id, ...verdict, text: outcome.text });
      }
    }
    expect(walks).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
}

test("the pinned list names digests and verdicts, never a case", () => {
  for (const [id, verdict] of Object.entries(pinned)) {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(verdict).toMatch(/^(refused|valid refused|invalid let through|late)(, [a-z ]+)?$/);
  }
});
