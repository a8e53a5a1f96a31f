import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseShard, WHOLE } from "../../shard.js";
import { benchMasks } from "./bench.js";
import { distributionChart } from "./chart.js";
import { figuresOf, Samples } from "./samples.js";
import { runSuite } from "./suite.js";
import { masksText, suiteText, walksText } from "./text.js";
import { publicVocabulary } from "./vocabularies.js";
import { benchWalks } from "./walks.js";

let folder: string;

function tokensOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function oneCase(id: string, schema: unknown, ...tests: [boolean, string][]): string {
  return JSON.stringify({
    id,
    schema,
    tests: tests.map(([valid, text]) => ({ valid, text, tokens: tokensOf(text) })),
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-masks-"));
  const lines = [
    oneCase("right", { type: "integer" }, [true, "12"], [false, '"a"'], [false, "-"]),
    oneCase("labelled wrong", { type: "boolean" }, [true, "1"], [false, "true"]),
    oneCase("refused", { items: { $ref: "http://example.com/x" } }, [true, "[]"]),
    oneCase("text", { enum: ["é\n"] }, [true, '"é\\n"']),
    oneCase("object", { type: "object", properties: { a: { type: "null" } }, required: ["a"] }, [
      true,
      '{"a":null}',
    ]),
  ];
  writeFileSync(join(folder, "cases.ndjson.gz"), gzipSync(`${lines.join("\n")}\n`));
  const tokens = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  writeFileSync(
    join(folder, "vocabulary.json"),
    JSON.stringify({ tokens: [...tokens, ""], special: [256], eos: 256 }),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

test("cases are counted as the peers' runner counts them", async () => {
  const out = join(folder, "out.ndjson");
  const result = await benchMasks({ cases: folder, shard: WHOLE, out, charts: join(folder, "charts") });
  expect(result).toMatchObject({
    engine: "formwork",
    schemas: 5,
    passing: 3,
    compile_errors: 1,
    validation_errors: 1,
    invalidation_errors: 1,
    timeouts: 0,
    vocabulary: 257,
  });
  // A mask a token, the one that is refused among them.
  expect(result.masks).toBe(2 + 1 + 1 + 1 + 4 + tokensOf('"é\\n"').length + 10);
  const rows = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map((row) => row.id)).toEqual(["right", "labelled wrong", "refused", "text", "object"]);
  expect(rows[1]).toMatchObject({ validation_error: [0], invalidation_error: [1] });
  expect(rows[2]).toMatchObject({ code: "unsupported_schema", pointer: "/items", keyword: "$ref" });
  expect(readFileSync(join(folder, "charts", "masks.svg"), "utf8")).toContain("formwork, p99.9");
  expect(masksText(result)).toContain("passing 3 (60.0 %)");
});

test("a larger vocabulary runs in turns with the cases' own", async () => {
  const result = await benchMasks({ cases: folder, shard: WHOLE, vocabulary: "cl100k_base" });
  expect(result).toMatchObject({ schemas: 5, passing: 3, vocabulary: 100_277 });
  expect(result.peers).toMatchObject([{ engine: "own vocabulary", schemas: 5, passing: 3 }]);
  expect(result.peers![0].masks).toBeGreaterThan(result.masks);
  expect(result.ratios?.["own vocabulary mask mean"]).toBeGreaterThan(0);
  expect(masksText(result)).toContain("own vocabulary mask mean");
  const both = { cases: folder, shard: WHOLE, vocabulary: "cl100k_base", peers: ["llguidance"] } as const;
  await expect(benchMasks(both)).rejects.toMatchObject({ code: "wrong_usage" });
});

test("shards part the cases, an empty one has figures too", async () => {
  const parts = await Promise.all(
    [0, 1].map((index) => benchMasks({ cases: folder, shard: { index, count: 2 } })),
  );
  expect(parts.map((part) => part.schemas)).toEqual([3, 2]);
  const empty = await benchMasks({ cases: folder, shard: { index: 8, count: 9 } });
  expect(empty).toMatchObject({ schemas: 0, masks: 0 });
  expect(Object.values(empty.mask_us)).toEqual(Object.values(empty.mask_us).map(() => 0));
  expect(parseShard("3/16")).toEqual({ index: 3, count: 16 });
  for (const text of ["", "1", "2/2", "-1/3", "1/2/3", "a/b"]) expect(() => parseShard(text)).toThrow(/K\/N/);
});

test("a folder without cases is a wrong use", async () => {
  const nowhere = { cases: join(folder, "nowhere"), shard: WHOLE };
  await expect(benchMasks(nowhere)).rejects.toMatchObject({ code: "wrong_usage" });
});

test("percentiles are interpolated between neighbours", () => {
  const samples = new Samples();
  for (let i = 10_000; i > 0; i--) samples.push(i);
  expect(figuresOf(samples)).toMatchObject({
    mean: 5000.5,
    p50: 5000.5,
    p90: 9000.1,
    p99: 9900.01,
    max: 10_000,
  });
});

test("charts keep to their frame, however far apart the figures are", () => {
  const figures = {
    mean: 1,
    p50: 0,
    p75: 1,
    p90: 3,
    p95: 10,
    p99: 1e3,
    "p99.5": 1e5,
    "p99.9": 1e7,
    max: 1e8,
  };
  const engine = {
    schemas: 1,
    passing: 1,
    compile_errors: 0,
    validation_errors: 0,
    invalidation_errors: 0,
    timeouts: 0,
    masks: 1,
  };
  const chart = distributionChart("Title", "mask_us", [
    { engine: "one", ...engine, mask_us: figures, ttfm_us: figures },
  ]);
  const heights = [...chart.matchAll(/cy="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(heights).toHaveLength(7);
  expect(Math.min(...heights)).toBeGreaterThan(40);
  expect(Math.max(...heights)).toBeLessThan(320);
});

test("groups of the suite are right, wrong or refused", async () => {
  const groups = [
    {
      draft: "draft4",
      file: "type.json",
      group: "as written",
      schema: { type: "integer" },
      tests: [
        ["1", true],
        ["1.0", false],
      ],
    },
    {
      draft: "draft7",
      file: "type.json",
      group: "as written",
      schema: { type: "integer" },
      tests: [["1.0", true]],
    },
    {
      draft: "draft7",
      file: "not.json",
      group: "labelled wrong",
      schema: { type: "null" },
      tests: [["1", true]],
    },
    {
      draft: "draft2020-12",
      file: "ref.json",
      group: "remote",
      schema: { $ref: "http://x/y" },
      tests: [["1", true]],
    },
    { draft: "draft2020-12", file: "false.json", group: "nothing", schema: false, tests: [["1", false]] },
  ];
  const lines = groups.map(({ tests, ...group }) => {
    const written = tests.map(([data, valid]) => `{"description":"d","data":${data},"valid":${valid}}`);
    return `${JSON.stringify(group).slice(0, -1)},"tests":[${written.join(",")}]}`;
  });
  const cases = join(folder, "suite.ndjson.gz");
  writeFileSync(cases, gzipSync(lines.join("\n")));
  const figures = await runSuite({ cases, shard: WHOLE });
  expect(figures).toMatchObject({
    groups: 5,
    right: 3,
    wrong: 1,
    refused: 1,
    failures: 0,
    tests: 6,
    wrong_tests: 1,
  });
  expect(suiteText(figures)).toContain("3 right, 1 wrong (1 of 6 verdicts), 1 refused (20.0 %)");
  const documents = { "http://x/y": { type: "integer" } };
  expect((await runSuite({ cases, shard: WHOLE, documents })).right).toBe(4);
});

test("random walks end in documents that the validator accepts", async () => {
  const figures = await benchWalks({ cases: folder, shard: WHOLE, budget: 60, seed: 5 });
  expect(figures).toMatchObject({ schemas: 5, refused: 1, walks: 4, finished: 4, valid: 4 });
  expect(walksText(figures)).toContain("4 finished, 4 of them valid");
  const narrow = await benchWalks({ cases: folder, shard: WHOLE, budget: 5, seed: 5 });
  expect(narrow.over_budget).toBe(2);
});

test("public vocabularies come with their tokenizer", async () => {
  const { vocabulary, tokenizer } = await publicVocabulary("cl100k_base");
  expect(vocabulary.size).toBeGreaterThan(100_000);
  const text = '{"name": "Zoë 💩"}';
  const [tokens] = await tokenizer.tokenise([text]);
  await tokenizer.close();
  expect(tokens.length).toBeLessThan(12);
  expect(new TextDecoder().decode(vocabulary.bytesOf(tokens))).toBe(text);
  expect(vocabulary.isSpecial(vocabulary.eos)).toBe(true);
});
