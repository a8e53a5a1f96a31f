"""SGLang's own classes, without a model, for steps.py."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace as Namespace
from typing import Any

import sglang
import torch
from sglang.srt.constrained.xgrammar_backend import XGrammarGrammarBackend
from sglang.srt.plugins.hook_registry import HookRegistry
from sglang.srt.sampling.sampling_batch_info import SamplingBatchInfo
from transformers import AutoTokenizer

from formwork_plugin import sglang as plugin
from formwork_plugin.options import read_options


class SglangEngine:
    """One grammar backend of each kind."""

    name = f"SGLang {sglang.__version__}"
    backends = (plugin.BACKEND, "xgrammar")

    def __init__(self, folder: str) -> None:
        plugin.register(read_options())
        HookRegistry.apply_hooks()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self._size = json.loads((Path(folder) / "config.json").read_text())["vocab_size"]
        ends = [self.tokenizer.eos_token_id]
        self._ours = plugin.Backend(read_options(), self.tokenizer, self._size, ends)
        others = XGrammarGrammarBackend(self.tokenizer, self._size, ends, any_whitespace=False)
        self._manager = Namespace(grammar_sync_group=None, grammar_sync_size=1)
        self._backends = {plugin.BACKEND: self._ours, "xgrammar": others}

    def compile(self, backend: str, schema: Any, count: int, budget: int) -> list[Any]:
        key = ("json", json.dumps(schema))
        compile_one = self._backends[backend].get_cached_or_future_value
        return [self._request(*compile_one(key, False), budget) for _ in range(count)]

    def is_ready(self, request: Any) -> bool:
        if isinstance(request.grammar, Future):
            if not request.grammar.done():
                return False
            request.grammar = request.grammar.result()
            plugin._attach([request], self._manager)
        if request.error is not None:
            raise RuntimeError(request.error)
        return True

    def batch(self, backend: str, requests: list[Any]) -> SglangBatch:
        return SglangBatch(requests, self._size, self.tokenizer.eos_token_id)

    def text(self, request: Any) -> str | None:
        if request.error is not None:
            return None
        text: str = self.tokenizer.decode(request.output, skip_special_tokens=True)
        return text

    def pool(self) -> Any:
        return self._ours.pool

    def close(self) -> None:
        self._ours.pool.close()

    def _request(self, grammar: Any, is_cached: bool, budget: int) -> Any:
        request = Namespace(
            grammar=grammar,
            error=None,
            to_finish=None,
            is_done=False,
            output=[],
            sampling_params=Namespace(
                max_new_tokens=budget, min_new_tokens=0, ignore_eos=False, n=1, stop_token_ids=None
            ),
        )
        request.finished = lambda: request.is_done

        def abort(reason: str) -> None:
            request.error, request.is_done = reason, True

        request.set_finish_with_abort = abort
        if is_cached:
            plugin._attach([request], self._manager)
        return request


class SglangBatch:
    """Requests of one backend."""

    def __init__(self, requests: list[Any], size: int, end: int) -> None:
        self._live = requests
        self._end = end
        self._info = object.__new__(SamplingBatchInfo)
        self._info.vocab_size = size
        self._info.device = "cpu"

    def __len__(self) -> int:
        return len(self._live)

    def masks(self) -> Any:
        self._info.grammars = [request.grammar for request in self._live]
        self._info.temperatures = torch.ones(len(self._live))
        self._info.update_regex_vocab_mask()
        return self._info.grammar_mask.vocab_mask.numpy()

    def accept(self, tokens: list[int]) -> None:
        for request, token in zip(self._live, tokens, strict=True):
            request.output.append(token)
            try:
                request.grammar.accept_token(token)
            except ValueError as error:
                request.set_finish_with_abort(str(error))
            budget = request.sampling_params.max_new_tokens
            request.is_done = request.is_done or token == self._end or len(request.output) >= budget
            request.grammar.finished = request.is_done
        plugin._prepare_masks(None, None, Namespace(reqs=self._live), None)
        self._live = [request for request in self._live if not request.is_done]
