"""The content of `tokenizer.json`, from the tokenizer that the engine has loaded."""

from __future__ import annotations

from typing import Any


class TokenizerError(ValueError):
    """The tokenizer has no `tokenizer.json`."""


def tokenizer_text(tokenizer: Any) -> str:
    """Raises TokenizerError for tokenizers that are not based on the `tokenizers` library."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        backend = getattr(getattr(tokenizer, "tokenizer", None), "backend_tokenizer", None)
    if backend is None:
        raise TokenizerError(
            f"Formwork needs a tokenizer with a tokenizer.json; this is a {type(tokenizer).__name__}. "
            "Use the Hugging Face files of the model (vLLM: --tokenizer-mode hf)."
        )
    text: str = backend.to_str()
    return text
