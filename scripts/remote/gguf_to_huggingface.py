"""Writes the model of a GGUF file (llama architecture, BPE tokenizer) as a Hugging Face folder, for servers.

usage: gguf_to_huggingface.py MODEL.gguf FOLDER
needs: gguf, numpy, safetensors, tokenizers, torch
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CONTROL = 3  # the token type of tokens that are no text

OUTSIDE_LAYERS = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
INSIDE_LAYERS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def main(source, folder):
    reader = GGUFReader(source)

    def field(name, default=None):
        found = reader.fields.get(name)
        return default if found is None else found.contents()

    architecture = field("general.architecture")
    if architecture != "llama":
        sys.exit(f"{source} holds a model of architecture {architecture}; only llama is known here.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    heads = field("llama.attention.head_count")
    key_heads = field("llama.attention.head_count_kv", heads)

    weights = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        name, owner = huggingface_name(tensor.name)
        if owner == "attn_q":
            values = unpermuted(values, heads)
        elif owner == "attn_k":
            values = unpermuted(values, key_heads)
        weights[name] = torch.from_numpy(np.ascontiguousarray(values)).to(torch.bfloat16)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    tokens = field("tokenizer.ggml.tokens")
    ends = {
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id", field("tokenizer.ggml.eos_token_id")),
    }
    width = field("llama.embedding_length")
    write(
        folder / "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_act": "silu",
            "hidden_size": width,
            "intermediate_size": field("llama.feed_forward_length"),
            "num_hidden_layers": field("llama.block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": key_heads,
            "head_dim": field("llama.rope.dimension_count", width // heads),
            "vocab_size": len(tokens),
            "max_position_embeddings": field("llama.context_length"),
            "rms_norm_eps": round(float(field("llama.attention.layer_norm_rms_epsilon", 1e-5)), 9),
            "rope_theta": field("llama.rope.freq_base", 10000.0),
            "tie_word_embeddings": "lm_head.weight" not in weights,
            "torch_dtype": "bfloat16",
            **ends,
        },
    )
    write(folder / "generation_config.json", ends)
    write_tokenizer(folder, field, tokens, ends)


def huggingface_name(name):
    """The tensor's name there, and what it is called here inside its layer."""
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{INSIDE_LAYERS[parts[2]]}.weight", parts[2]
    return f"{OUTSIDE_LAYERS[parts[0]]}.weight", parts[0]


def unpermuted(values, heads):
    """llama.cpp interleaves the two halves that a rotation pairs; here they lie one after the other."""
    rows = values.shape[0]
    return values.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)


def write_tokenizer(folder, field, tokens, ends):
    if field("tokenizer.ggml.model") != "gpt2":
        sys.exit("Only byte-level BPE tokenizers are known here.")
    merges = [tuple(merge.split(" ", 1)) for merge in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits_apart = field("tokenizer.ggml.pre") in ("smollm", "default")
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
        if digits_apart
        else byte_level
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = field("tokenizer.ggml.token_type")
    tokenizer.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in zip(tokens, kinds, strict=True)
            if kind == CONTROL
        ]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokens[ends["bos_token_id"]],
            "eos_token": tokens[ends["eos_token_id"]],
            "pad_token": tokens[ends["pad_token_id"]],
            "add_bos_token": False,
            "clean_up_tokenization_spaces": False,
            "model_max_length": field("llama.context_length"),
            "chat_template": field("tokenizer.chat_template"),
        },
    )


def write(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
