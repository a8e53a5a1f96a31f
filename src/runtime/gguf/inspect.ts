import { FormworkError } from "../../errors.js";
import { Vocabulary } from "../../vocabulary/index.js";
import { chatRenderer } from "../chat.js";
import { type GgufHeader, readGgufHeader } from "./header.js";
import { type TokenizerKind, tokenizerKind, tokenTable } from "./tokenBytes.js";

/** A model's metadata from its GGUF file, read without native code and without the weights. */
export interface GgufDescription {
  path: string;
  fileBytes: number;
  /** `general.name`; empty if the file has none. */
  name: string;
  architecture: string;
  /** Training context length in tokens; 0 if unknown. */
  trainedContext: number;
  parameters: number;
  tokenizer: TokenizerKind;
  readonly vocabularySize: number;
  /** Jinja source; null if the file has none. */
  chatTemplate: string | null;
  licence: string;
  /** The vocabulary, without a tokenizer. Throws `model_unavailable` for an unknown kind of tokenizer. */
  vocabulary(): Vocabulary;
  header: GgufHeader;
}

/**
 * Spellings that end a turn regardless of their type in the file, as in llama.cpp; some files mark them as ordinary text.
 */
const TURN_ENDS = new Set(
  (
    "<|eot_id|> <|im_end|> <|end|> <|return|> <|call|> <end_of_turn> <|endoftext|> </s> <|eom_id|> <EOT> _<EOT> [EOT] " +
    "[EOS] <|end_of_text|> <end_of_utterance> <eos> <turn|> <|tool_response> <｜end▁of▁sentence｜>"
  ).split(" "),
);

/**
 * Reads the header of the GGUF file at `path` (in milliseconds, regardless of its size). Throws `model_unavailable` if the file is
 * missing, damaged or not a GGUF file.
 */
export function inspectGguf(path: string): GgufDescription {
  const header = readGgufHeader(path);
  const text = (key: string): string => String(header.scalars.get(key) ?? "");
  const architecture = text("general.architecture");
  const template = header.scalars.get("tokenizer.chat_template");
  let parameters = 0;
  for (const tensor of header.tensors)
    parameters += tensor.dimensions.reduce((product, size) => product * size, 1);
  return {
    path,
    fileBytes: header.fileBytes,
    name: text("general.name"),
    architecture,
    trainedContext: Number(header.scalars.get(`${architecture}.context_length`) ?? 0),
    parameters,
    tokenizer: tokenizerKind(header),
    get vocabularySize() {
      return header.arrays.get("tokenizer.ggml.tokens")?.length ?? 0;
    },
    chatTemplate: typeof template === "string" ? template : null,
    licence: text("general.license"),
    vocabulary: () => vocabularyOf(path, header),
    header,
  };
}

function vocabularyOf(path: string, header: GgufHeader): Vocabulary {
  const table = tokenTable(header);
  if (table === null) {
    throw new FormworkError(
      "model_unavailable",
      `${path} has a tokenizer of the kind ${String(header.scalars.get("tokenizer.ggml.model") ?? "none")}, ` +
        "which only the llama runtime can read.",
    );
  }
  const { tokens, special } = table;
  const decoder = new TextDecoder();
  const spellings = header.arrays.get("tokenizer.ggml.tokens") as Uint8Array[];
  const isSpecial = new Set(special);
  for (let id = 0; id < tokens.length; id++) {
    if (TURN_ENDS.has(decoder.decode(spellings[id]))) {
      isSpecial.add(id);
      tokens[id] = spellings[id].slice();
    }
  }
  const named = (key: string): number => Number(header.scalars.get(`tokenizer.ggml.${key}_token_id`) ?? -1);
  const spelled = (id: number): string => (spellings[id] === undefined ? "" : decoder.decode(spellings[id]));
  const begin = named("bos");
  const eos = named("eos");
  const template = header.scalars.get("tokenizer.chat_template");
  const turnEnd = chatRenderer({
    template: typeof template === "string" ? template : null,
    beginText: spelled(begin),
    endText: spelled(eos),
    addBegin: header.scalars.get("tokenizer.ggml.add_bos_token") === true,
    knowsChatMl: spellings.some((spelling) => decoder.decode(spelling) === "<|im_start|>"),
  }).answerEnd([...isSpecial].map((id) => [id, spelled(id)] as const));
  const end = [turnEnd, eos, named("eot")].find((id) => id >= 0 && id < tokens.length);
  if (end === undefined) throw new FormworkError("model_unavailable", `${path} names no end token.`);
  return new Vocabulary({ tokens, special: [...isSpecial], eos: end });
}
