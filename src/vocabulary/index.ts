export { type TokenizerVocabularyOptions, vocabularyFromTokenizer } from "./huggingFace/vocabulary.js";
export { byteLevelBytes, byteTokenValue, sentencePieceBytes } from "./spellings.js";
export { addToSet, FULL_SET, heightOf, isFull, isWhole, SET_WORDS, Subtrees } from "./subtrees.js";
export { packTables, spacesBefore, TABLES_VERSION, unpackTables, type VocabularyTables } from "./tables.js";
export { Trie } from "./trie.js";
export { Vocabulary, type VocabularyOptions } from "./vocabulary.js";
