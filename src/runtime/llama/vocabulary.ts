/** The model's tokens, tokenizer and chat template, from the library. */
import { FormworkError } from "../../errors.js";
import { Vocabulary } from "../../vocabulary/index.js";
import { type ChatRenderer, chatRenderer } from "../chat.js";
import { ControlSpellings, type PromptTokenizer } from "../promptTokens.js";
import type { Pointer } from "./abi.js";
import type { KnownVocabulary, TokenFacts } from "./knownVocabulary.js";
import type { LlamaFunctions } from "./native.js";

const UNKNOWN = 1 << 0;
const UNUSED = 1 << 1;
const CONTROL = 1 << 3;

/** `llama_vocab_type`: a SentencePiece-like tokenizer, which adds a space before a text's first word. */
const SPM = 1;

/**
 * Prefix for tokenizing a text in the middle of an answer, so that its first word is not treated as the first of a document. In all
 * such vocabularies, a control character is a separate byte token.
 */
const LEAD = "\u0001";

export interface LlamaVocabulary {
  vocabulary: Vocabulary;
  tokenize(text: string, parseSpecial: boolean): Int32Array;
  /** For the texts of callers and of the chat template together. */
  promptTokenizer: PromptTokenizer;
  chat: ChatRenderer;
  /** Ids that end a turn, in addition to the vocabulary's end token. */
  endOfTurn: readonly number[];
  /** For later loads of the same model. */
  facts: TokenFacts;
}

const utf8 = new TextEncoder();
const UNREADABLE = utf8.encode("[UNK_BYTE_0x");
const decoder = new TextDecoder();

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/**
 * Reads all tokens, unless they are cached (`known`). Throws `model_unavailable` for a model without a vocabulary.
 */
export function readVocabulary(
  call: LlamaFunctions,
  model: Pointer,
  known?: KnownVocabulary,
): LlamaVocabulary {
  const native = call.llama_model_get_vocab(model);
  const kind = call.llama_vocab_type(native);
  const size = call.llama_vocab_n_tokens(native);
  if (kind === 0 || size === 0)
    throw new FormworkError("model_unavailable", "The model file holds no vocabulary.");

  let piece = new Uint8Array(256);
  const pieceOf = (token: number, special: boolean): Uint8Array => {
    let length = call.llama_token_to_piece(native, token, piece, piece.length, 0, special);
    if (length < 0) {
      piece = new Uint8Array(-length);
      length = call.llama_token_to_piece(native, token, piece, piece.length, 0, special);
    }
    return piece.slice(0, Math.max(0, length));
  };
  const textOf = (token: number): string => (token < 0 ? "" : decoder.decode(pieceOf(token, true)));

  const begin = call.llama_vocab_bos(native);
  const eos = call.llama_vocab_eos(native);
  const turnEnd = call.llama_vocab_eot(native);
  const isKnown = known?.facts.tokens.length === size;
  const { tokens, special, ends } = isKnown ? known.facts : readTokens(call, native, size, pieceOf);

  let scratch = new Int32Array(1024);
  const tokenize = (text: string, parseSpecial: boolean): Int32Array => {
    const bytes = utf8.encode(text);
    let count = call.llama_tokenize(
      native,
      bytes,
      bytes.length,
      scratch,
      scratch.length,
      false,
      parseSpecial,
    );
    if (count < 0) {
      scratch = new Int32Array(-count + 256);
      count = call.llama_tokenize(native, bytes, bytes.length, scratch, scratch.length, false, parseSpecial);
    }
    if (count < 0)
      throw new FormworkError("internal", `The tokenizer failed on a text of ${bytes.length} bytes.`);
    return scratch.slice(0, count);
  };

  /** Undefined if the prefix is not a separate token. */
  const behindLead = (text: string, parseSpecial: boolean): Int32Array | undefined => {
    if (kind !== SPM) return tokenize(text, parseSpecial);
    const led = tokenize(LEAD + text, parseSpecial);
    let at = 0;
    while (at < led.length && tokens[led[at]].at(-1) !== 1) at++;
    // If a token contains more than the prefix, the tokenization of the text alone is unknown.
    return at < led.length && at <= 1 && tokens[led[at]].length <= 2 ? led.slice(at + 1) : undefined;
  };
  const inAnswer = (text: string): Int32Array => behindLead(text, false) ?? new Int32Array(0);

  const chat = chatRenderer({
    template: call.llama_model_chat_template(model, null),
    beginText: textOf(begin),
    endText: textOf(eos),
    addBegin: begin >= 0 && call.llama_vocab_get_add_bos(native),
    knowsChatMl: tokenize("<|im_start|>", true).length === 1,
  });
  // The end of an answer is what the chat template writes after one; otherwise the file's end tokens.
  const answerEnd = chat.answerEnd(ends.map((id) => [id, textOf(id)] as const));
  const end = [answerEnd, eos, turnEnd].find((id) => id >= 0);
  if (end === undefined) throw new FormworkError("model_unavailable", "The model file names no end token.");
  const isSame = isKnown && known.facts.end === end;
  if (isSame) known.bind(inAnswer);
  return {
    vocabulary: isSame ? known.vocabulary : new Vocabulary({ tokens, special, eos: end, tokenize: inAnswer }),
    facts: { tokens, special, ends, end },
    tokenize,
    promptTokenizer: {
      start: (text) => tokenize(text, true),
      inside: (text, parseSpecial) => behindLead(text, parseSpecial) ?? tokenize(text, parseSpecial),
      spellings: new ControlSpellings(special.map(textOf)),
      longestToken: tokens.reduce((most, { length }) => Math.max(most, length), 1),
    },
    chat,
    endOfTurn: ends.filter((id) => id !== end),
  };
}

function readTokens(
  call: LlamaFunctions,
  native: Pointer,
  size: number,
  pieceOf: (token: number, special: boolean) => Uint8Array,
): Omit<TokenFacts, "end"> {
  const eos = call.llama_vocab_eos(native);
  const turnEnd = call.llama_vocab_eot(native);
  const tokens: Uint8Array[] = [];
  const special: number[] = [];
  const ends: number[] = [];
  for (let id = 0; id < size; id++) {
    // The library treats all ends known by their spelling as control tokens; the file may name two more.
    const isControl = (call.llama_vocab_get_attr(native, id) & (UNKNOWN | UNUSED | CONTROL)) !== 0;
    const isEnd = (isControl || id === eos || id === turnEnd) && call.llama_vocab_is_eog(native, id);
    const isSpecial = isControl || isEnd;
    const bytes = pieceOf(id, isSpecial);
    if (isEnd) ends.push(id);
    // Spellings that byte-level decoding cannot read are returned as a message in brackets, which is not text.
    if (isSpecial || startsWith(bytes, UNREADABLE)) special.push(id);
    tokens.push(bytes);
  }
  return { tokens, special, ends };
}
