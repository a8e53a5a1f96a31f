import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generate } from "../src/index.js";
import { defaultModelPath } from "../src/models/testing/defaultModel.js";

// The README's examples on the real model: a visitor who runs them gets the answers that stand there.

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What of the README matches `pattern`, its first group. */
function quoted(pattern: RegExp): string {
  const match = pattern.exec(README);
  expect(match, String(pattern)).not.toBeNull();
  return match![1];
}

interface Answer {
  output: unknown;
  tokens_used: number;
  usage: { forced_tokens: number; prompt_tokens: number };
}

it.each(["auto", "file", "parts"] as const)(
  "the answer to curl is right, with weights %s",
  async (weights) => {
    const body = JSON.parse(quoted(/\/generate -d '(.*)'/));
    const shown = JSON.parse(quoted(/```json\n(\{"output".*?\})\n```/s)) as Answer;
    const engine = { model: await defaultModelPath(), threads: 1, contextLength: 1024, weights };
    const { output, usage } = await generate({ ...body, engine });
    expect(output).toEqual(shown.output);
    expect(usage).toMatchObject({
      promptTokens: shown.usage.prompt_tokens,
      completionTokens: shown.tokens_used,
      forcedTokens: shown.usage.forced_tokens,
    });
    // The library's example has the same prompt, and the year is in it.
    expect(quoted(/console\.log\(output\); \/\/ (.*)/)).toBe('{ name: "Ada Lovelace", birth_year: 1815 }');
    expect(output).toEqual({ name: "Ada Lovelace", birth_year: 1815 });
    expect(body.prompt).toContain("1815");
  },
);

it("the command's answer is right", async () => {
  const words = quoted(/\$ npm run -s generate -- (.*?) < /).split(" ");
  const input = readFileSync(quoted(/\$ npm run -s generate -- .*? < (\S+)/));
  const said = execFileSync(
    process.execPath,
    ["dist/cli/main.js", "generate", ...words, "--model", await defaultModelPath()],
    { input, encoding: "utf8" },
  );
  expect(said.trim()).toBe(quoted(/\$ npm run -s generate -- .*\n(.*)\n/));
});
