"""vLLM's own classes, without a model, for steps.py."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace as Namespace
from typing import Any

import vllm
import vllm.v1.structured_output as module
from transformers import AutoTokenizer
from vllm.sampling_params import SamplingParams, StructuredOutputsParams
from vllm.v1.structured_output.request import StructuredOutputRequest

from formwork_plugin import vllm as plugin
from formwork_plugin.options import read_options


class VllmEngine:
    """One `StructuredOutputManager` per backend."""

    name = f"vLLM {vllm.__version__}"
    backends = (plugin.BACKEND, "xgrammar")

    def __init__(self, folder: str, most: int) -> None:
        plugin.register(read_options())
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        module.cached_tokenizer_from_config = lambda model_config: self.tokenizer
        size = json.loads((Path(folder) / "config.json").read_text())["vocab_size"]
        self._model = Namespace(
            skip_tokenizer_init=False,
            get_vocab_size=lambda: size,
            max_model_len=4096,
            is_diffusion=False,
            hf_config=Namespace(model_type="llama"),
            try_get_generation_config=lambda: {},
        )
        self._most = most
        self._managers = {backend: self._manager() for backend in self.backends}

    def compile(self, backend: str, schema: Any, count: int, budget: int) -> list[Any]:
        requests = [self._request(f"{backend}{index}", backend, schema, budget) for index in range(count)]
        for request in requests:
            self._managers[backend].grammar_init(request)
        return requests

    def is_ready(self, request: Any) -> bool:
        structured = request.structured_output_request
        if not structured.is_grammar_ready:
            return False
        if isinstance(structured.grammar, Exception):
            raise structured.grammar
        return True

    def batch(self, backend: str, requests: list[Any]) -> VllmBatch:
        return VllmBatch(self._managers[backend], requests, self.tokenizer.eos_token_id)

    def text(self, request: Any) -> str | None:
        if request.structured_output_request.grammar.sequence.failure is not None:
            return None
        text: str = self.tokenizer.decode(request.output, skip_special_tokens=True)
        return text

    def pool(self) -> Any:
        return self._managers[plugin.BACKEND]._formwork_pool

    def close(self) -> None:
        for manager in self._managers.values():
            manager.clear_backend()

    def _manager(self) -> Any:
        structured = Namespace(
            reasoning_parser_plugin="",
            reasoning_parser="",
            enable_in_reasoning=False,
            backend="auto",
            disable_any_whitespace=True,
        )
        config = Namespace(
            parallel_config=Namespace(distributed_executor_backend="uni"),
            scheduler_config=Namespace(max_num_seqs=self._most),
            model_config=self._model,
            structured_outputs_config=structured,
            num_speculative_tokens=0,
            speculative_config=None,
        )
        return module.StructuredOutputManager(config)

    def _request(self, name: str, backend: str, schema: Any, budget: int) -> Any:
        params = SamplingParams(max_tokens=budget, structured_outputs=StructuredOutputsParams(json=schema))
        params.structured_outputs._backend = backend
        params._all_stop_token_ids = {self.tokenizer.eos_token_id}
        output: list[int] = []
        return Namespace(
            request_id=name,
            sampling_params=params,
            structured_output_request=StructuredOutputRequest.from_sampling_params(params),
            use_structured_output=True,
            max_tokens=budget,
            prompt_token_ids=[1, 2, 3],
            num_prompt_tokens=3,
            output=output,
            all_token_ids=output,
            num_output_tokens=0,
            is_finished=lambda: False,
        )


class VllmBatch:
    """Requests of one manager."""

    def __init__(self, manager: Any, requests: list[Any], end: int) -> None:
        self._manager = manager
        self._live = {request.request_id: request for request in requests}
        self._end = end

    def __len__(self) -> int:
        return len(self._live)

    def masks(self) -> Any:
        return self._manager.grammar_bitmask(self._live, list(self._live), {})

    def accept(self, tokens: list[int]) -> None:
        for request, token in zip(list(self._live.values()), tokens, strict=True):
            request.output.append(token)
            request.num_output_tokens += 1
            if not self._manager.accept_tokens(request, [token]):
                if request.structured_output_request.grammar.sequence.failure is None:
                    raise AssertionError(f"{request.request_id}: {token} was rejected")
                del self._live[request.request_id]
            elif token == self._end or len(request.output) >= request.max_tokens:
                del self._live[request.request_id]
        plugin.prepare_masks(self._manager)
