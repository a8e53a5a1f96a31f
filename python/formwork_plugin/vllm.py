"""The plug-in for vLLM.

vLLM cannot register backends, so classes are patched in place: here `StructuredOutputManager` and the scheduler of the
engine process; `vllm_front_end.py` patches the front end. The manager's own code still determines the layout of rows,
drafts and reasoning; its calls to a grammar are answered from masks fetched for the whole batch beforehand.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable
from collections.abc import Sequence as Listing
from concurrent.futures import Future
from typing import Any

import torch
from vllm.exceptions import VLLMValidationError
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.structured_output import StructuredOutputManager
from vllm.v1.structured_output.backend_types import StructuredOutputGrammar
from vllm.v1.structured_output.utils import strip_speculative_padding

from .child import Entry
from .log import logger
from .metrics import share_folder, write_figures
from .options import Options
from .pool import Pool
from .reasoning import Reasoning
from .sequence import Sequence
from .service import ServiceError
from .vllm_front_end import FrontEnd, patch_front_end, patch_tools
from .vllm_request import BACKEND, end_of_reasoning, is_ours, spec_of, start_of


def register(options: Options) -> None:
    """Patches vLLM's classes in this process; a second call changes nothing."""
    if getattr(StructuredOutputManager, "_formwork", False):
        return
    share_folder()
    _patch_manager(options)
    _patch_reasoning()
    _patch_scheduler()
    patch_front_end(FrontEnd(options))
    patch_tools()
    StructuredOutputManager._formwork = True


class Grammar(StructuredOutputGrammar):
    """A sequence as vLLM sees it."""

    def __init__(self, sequence: Sequence, reasoning: Reasoning | None = None) -> None:
        self.sequence = sequence
        self.reasoning = reasoning
        """Set if the model reasons before the document."""
        self._written: Listing[int] = ()
        self._drafts: Listing[int] = ()
        self._thought = 0
        """Number of rows filled in this step whose tokens belong to the reasoning."""

    def accept_tokens(self, request_id: str, tokens: list[int]) -> bool:
        return all(self.sequence.accept(token) for token in tokens)

    def validate_tokens(self, tokens: list[int]) -> list[int]:
        return tokens[: self.sequence.validate(tokens)]

    def rollback(self, num_tokens: int) -> None:
        self.sequence.rollback(num_tokens)

    def fill_bitmask(self, bitmask: torch.Tensor, batch_index: int) -> None:
        # Rows of the reasoning precede those of the document.
        self.sequence.remaining -= self._thought
        self._thought = 0
        mask = self.sequence.mask()
        start = batch_index * len(mask)
        _bytes(bitmask)[start : start + len(mask)] = mask

    def begin_step(self, written: Listing[int], drafts: Listing[int]) -> None:
        """Prepares for the rows of a step. `written`: all tokens before its drafts."""
        self._written, self._drafts, self._thought = written, drafts, 0

    def restrict_reasoning(self, bitmask: torch.Tensor, batch_index: int) -> None:
        """Restricts the next row within the reasoning."""
        if self.reasoning is None:
            return
        width = self.sequence.child.row_bytes
        row = _bytes(bitmask)[batch_index * width : (batch_index + 1) * width]
        tail = self._written[-len(self.reasoning.end) :] if len(self.reasoning.end) > 1 else ()
        matched = self.reasoning.matched([*tail, *self._drafts[: self._thought]])
        self.reasoning.restrict(row, matched, self.sequence.remaining - self._thought)
        self._thought += 1

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
        except Exception as error:  # The scheduler fails the request with this error.
            future.set_exception(error)
        request.structured_output_request.grammar = future

    @functools.wraps(plain_create)
    def create_grammar(self: Any, request: Any) -> StructuredOutputGrammar:
        if not is_formwork(request):
            return plain_create(self, request)
        params = request.sampling_params
        ends = params.all_stop_token_ids or {self.tokenizer.eos_token_id}
        reasoner = _reasoner(self, request)
        end = () if reasoner is None else end_of_reasoning(reasoner, self.tokenizer)
        spec = spec_of(params.structured_outputs, sorted(ends), _limit(self, request) - len(end))
        try:
            sequence = _pool(self, options).compile(spec)
        except ServiceError as error:
            raise VLLMValidationError(str(error)) from error
        if reasoner is None:
            return Grammar(sequence)
        # Some parsers also end the reasoning where a tool call begins.
        stops = {*ends, *getattr(reasoner, "reasoning_end_token_ids", ())}.difference(end)
        return Grammar(sequence, Reasoning(end, sequence.least, stops))

    @functools.wraps(plain_bitmask)
    def grammar_bitmask(self: Any, requests: Any, ids: list[str], drafts: Any) -> Any:
        batch: list[Entry] = []
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
            # During reasoning, a draft may end it: which drafts belong to the document is only known row by row.
            scheduled = drafts.get(request_id)
            tokens = strip_speculative_padding(scheduled) if scheduled else ()
            if grammar.reasoning is not None:
                grammar.begin_step(request.all_token_ids, tokens)
            if self.reasoner_cls is None or self.enable_in_reasoning or structured.reasoning_ended:
                batch.append((sequence, tokens))
                are_plain = are_plain and not sequence.terminated
            else:
                are_plain = False
        self._formwork_requests = ours
        if batch:
            _pool(self, options).step(batch)
        if self._grammar_bitmask is None and (self.backend is None or batch):
            rows, words = _rows(self.vllm_config), (self.vllm_config.model_config.get_vocab_size() + 31) // 32
            self._grammar_bitmask = torch.full((rows, words), -1, dtype=torch.int32)
        if are_plain:
            return _fill_rows(self._grammar_bitmask, batch)
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


def _patch_reasoning() -> None:
    """Makes reasoning leave room for the document, and prevents it from ending the answer."""
    manager = StructuredOutputManager
    plain_fill = manager._fill_bitmasks
    plain_accept = manager.accept_tokens

    @functools.wraps(plain_fill)
    def fill_bitmasks(self: Any, batch: Iterable[tuple[Any, ...]]) -> None:
        rows = list(batch)
        plain_fill(self, rows)
        for grammar, index, is_constrained, *_ in rows:
            if not is_constrained and isinstance(grammar, Grammar):
                grammar.restrict_reasoning(self._grammar_bitmask, index)

    @functools.wraps(plain_accept)
    def accept_tokens(self: Any, request: Any, tokens: list[int]) -> bool:
        if not plain_accept(self, request, tokens):
            return False
        structured = request.structured_output_request
        grammar = structured and structured.grammar
        if not isinstance(grammar, Grammar) or grammar.reasoning is None or structured.reasoning_ended:
            return True
        if not request.is_finished():
            return True
        # Only possible with parsers that do not name the end tag.
        grammar.sequence.fail("the answer ended inside the reasoning")
        return False

    manager._fill_bitmasks = fill_bitmasks
    manager.accept_tokens = accept_tokens


def _reasoner(manager: Any, request: Any) -> Any:
    """The reasoning parser if the answer begins with reasoning, None if it begins with the document."""
    structured = request.structured_output_request
    if manager.enable_in_reasoning or structured.reasoning_ended:
        return None
    reasoner = manager._get_reasoner(request)
    if reasoner is None:
        return None
    is_over = structured.reasoning_ended is None and reasoner.is_reasoning_end(request.prompt_token_ids or [])
    return None if is_over else reasoner


def _patch_scheduler() -> None:
    """Requests the masks of the next step as soon as the tokens of a step are known."""
    plain_update = Scheduler.update_from_output

    @functools.wraps(plain_update)
    def update_from_output(self: Any, *arguments: Any, **named: Any) -> Any:
        outputs = plain_update(self, *arguments, **named)
        prepare_masks(self.structured_output_manager)
        return outputs

    Scheduler.update_from_output = update_from_output


def prepare_masks(manager: Any) -> None:
    """Requests masks for the requests of the last step, without waiting for them."""
    requests = getattr(manager, "_formwork_requests", ())
    if not requests or manager.vllm_config.num_speculative_tokens > 0:
        return
    batch: list[Entry] = []
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


def _fill_rows(table: torch.Tensor, batch: Listing[Entry]) -> Any:
    """Fills one row per request. A fast path for batches without drafts or reasoning."""
    rows = _bytes(table)
    start = 0
    for sequence, _ in batch:
        mask = sequence.mask()
        end = start + len(mask)
        rows[start:end] = mask
        start = end
    return table[: len(batch)].numpy()


def _limit(manager: Any, request: Any) -> int:
    """Maximum number of tokens in the answer, including reasoning."""
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
            logger.info("Formwork: JSON, regular expressions and choices are constrained by Formwork.")
        return pool
