"""Reads vLLM's requests, for the front end and the engine process."""

from __future__ import annotations

import json
from collections.abc import Sequence as Listing
from typing import Any

from .options import Options
from .sequence import Spec
from .service import Start
from .tokenizer import tokenizer_text

BACKEND = "formwork"


def is_ours(params: Any) -> bool:
    """Whether the plug-in handles these parameters. Grammars and structural tags stay with vLLM's own backends."""
    return params is not None and (
        params.json is not None or bool(params.json_object) or params.regex is not None or bool(params.choice)
    )


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def spec_of(params: Any, ends: Listing[int], budget: int | None) -> Spec:
    if params.json is not None:
        return Spec("json", text_of(params.json), tuple(ends), budget)
    if params.regex is not None:
        return Spec("regex", params.regex, tuple(ends), budget)
    if params.choice:
        return Spec("choice", text_of(params.choice), tuple(ends), budget)
    return Spec("json_object", "", tuple(ends), budget)


def start_of(options: Options, model_config: Any, tokenizer: Any, rows: int) -> Start:
    return Start(
        command=options.command,
        tokenizer=tokenizer_text(tokenizer),
        size=model_config.get_vocab_size(),
        eos=tokenizer.eos_token_id,
        rows=rows,
        settings=options.settings,
    )


def end_of_reasoning(reasoner: Any, tokenizer: Any) -> tuple[int, ...]:
    """The tokens of the tag that ends reasoning; empty if the parser does not name it."""
    text = reasoner.reasoning_end_str
    return tuple(tokenizer.encode(text, add_special_tokens=False)) if text else ()
