export { Vocabulary, type VocabularyOptions } from "./vocabulary.js";
