"""The plug-in for vLLM 0.30 to 0.33: entry point `register` of the group `vllm.general_plugins`.

vLLM has no registration of backends, so classes are patched in place: here the manager (`StructuredOutputManager`) and
the scheduler of the engine's process, in `vllm_front_end.py` what the front end does. The manager's own code keeps the
layout of rows, drafts and reasoning; what it asks of a grammar is answered from masks that were fetched for the whole
batch at its start.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence as Listing
from concurrent.futures import Future
from typing import Any

import torch
import vllm
from vllm.exceptions import VLLMValidationError
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.structured_output import StructuredOutputManager
from vllm.v1.structured_output.backend_types import StructuredOutputGrammar
from vllm.v1.structured_output.utils import strip_speculative_padding

from .log import log_with, logger
from .metrics import share_folder, write_figures
from .options import Options, read_options
from .pool import Pool
from .sequence import Sequence
from .service import ServiceError
from .versions import VLLM, check_version
from .vllm_front_end import FrontEnd, patch_front_end, patch_tools
from .vllm_request import BACKEND, is_ours, spec_of, start_of


def register() -> None:
    """Called by vLLM in each of its processes, before it makes its managers."""
    if getattr(StructuredOutputManager, "_formwork", False):
        return
    log_with("vllm")
    options = read_options()
    check_version("vLLM", vllm.__version__, VLLM, options.any_version)
    share_folder()
    _patch_manager(options)
    _patch_scheduler()
    patch_front_end(FrontEnd(options))
    patch_tools()
    StructuredOutputManager._formwork = True


class Grammar(StructuredOutputGrammar):
    """vLLM's view of a sequence."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence

    def accept_tokens(self, request_id: str, tokens: list[int]) -> bool:
        return all(self.sequence.accept(token) for token in tokens)

    def validate_tokens(self, tokens: list[int]) -> list[int]:
        return tokens[: self.sequence.validate(tokens)]

    def rollback(self, num_tokens: int) -> None:
        self.sequence.rollback(num_tokens)

    def fill_bitmask(self, bitmask: torch.Tensor, batch_index: int) -> None:
        mask = self.sequence.mask()
        start = batch_index * len(mask)
        _bytes(bitmask)[start : start + len(mask)] = mask

    def is_terminated(self) -> bool:
        return self.sequence.terminated

    def reset(self) -> None:
        self.sequence.rollback(len(self.sequence.log))


def _bytes(bitmask: torch.Tensor) -> memoryview:
    return memoryview(bitmask.numpy()).cast("B")


def _patch_manager(options: Options) -> None:
    manager = StructuredOutputManager
    plain_init = manager.grammar_init
    plain_create = manager._create_grammar
    plain_bitmask = manager.grammar_bitmask
    plain_clear = manager.clear_backend

    def is_formwork(request: Any) -> bool:
        return is_ours(request.sampling_params and request.sampling_params.structured_outputs) and (
            request.sampling_params.structured_outputs._backend == BACKEND
        )

    @functools.wraps(plain_init)
    def grammar_init(self: Any, request: Any) -> None:
        if request.structured_output_request is None or not is_formwork(request):
            plain_init(self, request)
            return
        if self._use_async_grammar_compilation:
            request.structured_output_request.grammar = self.executor.submit(self._create_grammar, request)
            return
        future: Future[Any] = Future()
        try:
            future.set_result(self._create_grammar(request))
        except Exception as error:  # The scheduler fails this request with it.
            future.set_exception(error)
        request.structured_output_request.grammar = future

    @functools.wraps(plain_create)
    def create_grammar(self: Any, request: Any) -> StructuredOutputGrammar:
        if not is_formwork(request):
            return plain_create(self, request)
        params = request.sampling_params
        ends = params.all_stop_token_ids or {self.tokenizer.eos_token_id}
        try:
            return Grammar(
                _pool(self, options).compile(spec_of(params.structured_outputs, sorted(ends), _limit(self, request)))
            )
        except ServiceError as error:
            raise VLLMValidationError(str(error)) from error

    @functools.wraps(plain_bitmask)
    def grammar_bitmask(self: Any, requests: Any, ids: list[str], drafts: Any) -> Any:
        batch = []
        ours = []
        are_plain = self.vllm_config.num_speculative_tokens == 0
        for request_id in ids:
            request = requests[request_id]
            structured = request.structured_output_request
            grammar = structured.grammar
            if not isinstance(grammar, Grammar):
                are_plain = False
                continue
            ours.append(request)
            sequence = grammar.sequence
            _set_budget(self, request, sequence)
            # While a request reasons, what its drafts mean for the document is known one by one only.
            if self.reasoner_cls is None or self.enable_in_reasoning or structured.reasoning_ended:
                batch.append((sequence, strip_speculative_padding(drafts.get(request_id, []))))
            else:
                are_plain = False
        self._formwork_requests = ours
        if batch:
            _pool(self, options).step(batch)
        if self._grammar_bitmask is None and (self.backend is None or batch):
            rows, words = _rows(self.vllm_config), (self.vllm_config.model_config.get_vocab_size() + 31) // 32
            self._grammar_bitmask = torch.full((rows, words), -1, dtype=torch.int32)
        if are_plain and all(not sequence.terminated for sequence, _ in batch):
            return _fill_rows(self._grammar_bitmask, [sequence for sequence, _ in batch])
        return plain_bitmask(self, requests, ids, drafts)

    @functools.wraps(plain_clear)
    def clear_backend(self: Any) -> None:
        plain_clear(self)
        pool = self.__dict__.pop("_formwork_pool", None)
        if pool is not None:
            pool.close()

    manager.grammar_init = grammar_init
    manager._create_grammar = create_grammar
    manager.grammar_bitmask = grammar_bitmask
    manager.clear_backend = clear_backend


def _patch_scheduler() -> None:
    """Once the tokens of a step are known, the masks of the next are asked for, whenever the engine wants them."""
    plain_update = Scheduler.update_from_output

    @functools.wraps(plain_update)
    def update_from_output(self: Any, *arguments: Any, **named: Any) -> Any:
        outputs = plain_update(self, *arguments, **named)
        prepare_masks(self.structured_output_manager)
        return outputs

    Scheduler.update_from_output = update_from_output


def prepare_masks(manager: Any) -> None:
    """Asks for the masks of the requests of the last step. What becomes of them is seen when they are wanted."""
    requests = getattr(manager, "_formwork_requests", ())
    if not requests or manager.vllm_config.num_speculative_tokens > 0:
        return
    batch: list[tuple[Sequence, tuple[int, ...]]] = []
    for request in requests:
        sequence = request.structured_output_request.grammar.sequence
        if len(sequence.log) != sequence.mark and not request.is_finished():
            _set_budget(manager, request, sequence)
            batch.append((sequence, ()))
    manager._formwork_requests = ()
    if batch:
        manager._formwork_pool.prepare(batch)


def _set_budget(manager: Any, request: Any, sequence: Sequence) -> None:
    sequence.remaining = max(0, _limit(manager, request) - request.num_output_tokens)
    sequence.mark = len(sequence.log)


def _fill_rows(table: torch.Tensor, sequences: Listing[Sequence]) -> Any:
    """One row a request, without drafts and without reasoning: what vLLM itself would do, row by row."""
    rows = _bytes(table)
    start = 0
    for sequence in sequences:
        mask = sequence.mask()
        end = start + len(mask)
        rows[start:end] = mask
        start = end
    return table[: len(sequences)].numpy()


def _limit(manager: Any, request: Any) -> int:
    """Tokens that the answer may have in all, reasoning included."""
    room = manager.vllm_config.model_config.max_model_len - request.num_prompt_tokens
    return int(min(request.max_tokens, room))


def _rows(config: Any) -> int:
    return int(config.scheduler_config.max_num_seqs * (1 + config.num_speculative_tokens))


_pool_lock = threading.Lock()


def _pool(manager: Any, options: Options) -> Pool:
    with _pool_lock:
        pool: Pool | None = getattr(manager, "_formwork_pool", None)
        if pool is None:
            config = manager.vllm_config
            start = start_of(options, config.model_config, manager.tokenizer, _rows(config))
            pool = Pool(start, options, write_figures)
            manager._formwork_pool = pool
            logger.info("Formwork: JSON, patterns and choices are held to their form by Formwork's constraint engine.")
        return pool
