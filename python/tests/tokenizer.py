"""A small byte-level tokenizer: one token per byte, some longer ones, and three control tokens."""

import json

_PRINTABLE = [byte for byte in range(256) if 32 < byte < 127 or (byte > 160 and byte != 173)]
_OTHERS = [byte for byte in range(256) if byte not in _PRINTABLE]
_SPELLING = {byte: chr(byte) for byte in _PRINTABLE} | {byte: chr(256 + i) for i, byte in enumerate(_OTHERS)}
_LONGER = ['{"', '":', '","', '"}', "true", "false", "null", "er", "in", "ing", "0000"]

TOKENS: list[bytes] = [bytes([byte]) for byte in range(256)] + [text.encode() for text in _LONGER]
END, OTHER_END, THINK_END = len(TOKENS), len(TOKENS) + 1, len(TOKENS) + 2
SIZE = 320
"""Padded size of the model's output layer."""

TEXT = json.dumps(
    {
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "decoder": {"type": "ByteLevel"},
        "added_tokens": [
            {"id": END, "content": "<end>", "special": True},
            {"id": OTHER_END, "content": "<stop>", "special": True},
            {"id": THINK_END, "content": "</think>", "special": True},
        ],
        "model": {
            "type": "BPE",
            "vocab": {"".join(_SPELLING[byte] for byte in token): index for index, token in enumerate(TOKENS)},
            "merges": [],
        },
    }
)


class Tokenizer:
    """A tokenizer as the engines hold it: `backend_tokenizer` belongs to the `tokenizers` library."""

    eos_token_id = END

    @property
    def backend_tokenizer(self) -> "Tokenizer":
        return self

    def to_str(self) -> str:
        return TEXT

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [THINK_END] if text == "</think>" else list(text.encode())


def decode(tokens: list[int]) -> str:
    return b"".join(TOKENS[token] for token in tokens if token < len(TOKENS)).decode()


def allowed(mask: memoryview) -> list[int]:
    return [token for token in range(SIZE) if mask[token >> 3] >> (token & 7) & 1]
