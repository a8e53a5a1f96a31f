#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { FormworkError } from "../../../errors.js";
import { parseShard } from "../../shard.js";
import { benchMasks } from "./bench.js";
import { PEERS, type PeerName } from "./peers.js";
import { runSuite } from "./suite.js";
import { masksText, suiteText, walksText } from "./text.js";
import { VOCABULARY_NAMES, type VocabularyName } from "./vocabularies.js";
import { benchWalks } from "./walks.js";

// The mask benches without the package's command line:
//   node dist/bench/benches/masks/main.js --cases DIR [--shard K/N] [--out FILE] [--json] [--peer llguidance]...
//   node dist/bench/benches/masks/main.js --cases DIR --walks BUDGET [--seed N] [--out FILE] [--json]
//   node dist/bench/benches/masks/main.js --suite FILE [--documents FILE] [--out FILE] [--json]

const { values } = parseArgs({
  options: {
    cases: { type: "string" },
    suite: { type: "string" },
    documents: { type: "string" },
    shard: { type: "string", default: "0/1" },
    out: { type: "string" },
    peer: { type: "string", multiple: true },
    vocabulary: { type: "string" },
    charts: { type: "string" },
    walks: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

try {
  const shard = parseShard(values.shard);
  const out = values.out === undefined ? {} : { out: values.out };
  if (values.vocabulary !== undefined && (values.suite ?? values.walks) !== undefined)
    throw new FormworkError(
      "wrong_usage",
      "--vocabulary only works with --cases, without --walks and --suite.",
    );
  if (values.suite !== undefined) {
    const documents =
      values.documents === undefined
        ? {}
        : { documents: JSON.parse(await readFile(values.documents, "utf8")) };
    const figures = await runSuite({ cases: values.suite, shard, ...out, ...documents });
    console.log(values.json ? JSON.stringify(figures) : suiteText(figures));
  } else if (values.cases !== undefined && values.walks !== undefined) {
    const [budget, seed] = [Number(values.walks), Number(values.seed)];
    const figures = await benchWalks({ cases: values.cases, shard, budget, seed, ...out });
    console.log(values.json ? JSON.stringify(figures) : walksText(figures));
  } else if (values.cases !== undefined) {
    const result = await benchMasks({
      cases: values.cases,
      shard,
      ...out,
      ...(values.peer === undefined ? {} : { peers: values.peer.map(peerName) }),
      ...(values.vocabulary === undefined ? {} : { vocabulary: vocabularyName(values.vocabulary) }),
      ...(values.charts === undefined ? {} : { charts: values.charts }),
    });
    console.log(values.json ? JSON.stringify(result) : masksText(result));
  } else throw new FormworkError("wrong_usage", "Give the cases: --cases DIR or --suite FILE.");
} catch (error) {
  console.error(error instanceof FormworkError ? error.message : error);
  process.exitCode = error instanceof FormworkError && error.code === "wrong_usage" ? 2 : 1;
}

function peerName(name: string): PeerName {
  if ((PEERS as readonly string[]).includes(name)) return name as PeerName;
  throw new FormworkError("wrong_usage", `No peer is named "${name}": ${PEERS.join(", ")}.`);
}

function vocabularyName(name: string): VocabularyName {
  if ((VOCABULARY_NAMES as readonly string[]).includes(name)) return name as VocabularyName;
  throw new FormworkError("wrong_usage", `No vocabulary is named "${name}": ${VOCABULARY_NAMES.join(", ")}.`);
}
