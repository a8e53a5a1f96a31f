export { parseShard, type Shard, WHOLE } from "../../shard.js";
export { benchMasks, type MaskBenchOptions, type MaskBenchResult } from "./bench.js";
export { PEERS, type PeerName } from "./peers.js";
export { runSuite, type SuiteFigures, type SuiteOptions } from "./suite.js";
export { masksText, suiteText, walksText } from "./text.js";
export { VOCABULARY_NAMES, type VocabularyName } from "./vocabularies.js";
export { benchWalks, Walker, type WalkFigures, type WalkOptions } from "./walks.js";
