"""The plug-in for vLLM 0.30 to 0.33: entry point `register` of the group `vllm.general_plugins`.

vLLM has no registration of backends, so three classes are patched in place: the check in the front end
(`SamplingParams`), the front end's way in (`AsyncLLM`), and the manager in the engine's process
(`StructuredOutputManager`). The manager's own code keeps the layout of rows, drafts and reasoning; what it asks of a
grammar is answered from masks that were fetched for the whole batch at its start.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence as Listing
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
import vllm
from vllm.exceptions import VLLMValidationError
from vllm.sampling_params import SamplingParams
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.structured_output import StructuredOutputManager
from vllm.v1.structured_output.backend_types import StructuredOutputGrammar
from vllm.v1.structured_output.utils import strip_speculative_padding

from .log import log_with, logger
from .metrics import share_folder, show_in_registry, write_figures
from .options import Options, read_options
from .pool import Pool
from .sequence import Sequence, Spec
from .service import ServiceDied, ServiceError, Start
from .tokenizer import tokenizer_text
from .versions import VLLM, check_version

BACKEND = "formwork"
_MAX_VERDICTS = 1024


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
    _patch_front_end(FrontEnd(options))
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


def _is_ours(params: Any) -> bool:
    """JSON of either kind, regular expressions and choices; grammars and structural tags stay with vLLM's own."""
    return params is not None and (
        params.json is not None or bool(params.json_object) or params.regex is not None or bool(params.choice)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _spec(params: Any, ends: Listing[int], budget: int | None) -> Spec:
    if params.json is not None:
        return Spec("json", _text(params.json), tuple(ends), budget)
    if params.regex is not None:
        return Spec("regex", params.regex, tuple(ends), budget)
    if params.choice:
        return Spec("choice", _text(params.choice), tuple(ends), budget)
    return Spec("json_object", "", tuple(ends), budget)


def _start(options: Options, model_config: Any, tokenizer: Any, rows: int) -> Start:
    return Start(
        command=options.command,
        tokenizer=tokenizer_text(tokenizer),
        size=model_config.get_vocab_size(),
        eos=tokenizer.eos_token_id,
        rows=rows,
        settings=options.settings,
    )


# The engine's process.


def _patch_manager(options: Options) -> None:
    manager = StructuredOutputManager
    plain_init = manager.grammar_init
    plain_create = manager._create_grammar
    plain_bitmask = manager.grammar_bitmask
    plain_clear = manager.clear_backend

    def is_ours(request: Any) -> bool:
        return _is_ours(request.sampling_params and request.sampling_params.structured_outputs) and (
            request.sampling_params.structured_outputs._backend == BACKEND
        )

    @functools.wraps(plain_init)
    def grammar_init(self: Any, request: Any) -> None:
        if request.structured_output_request is None or not is_ours(request):
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
        if not is_ours(request):
            return plain_create(self, request)
        params = request.sampling_params
        ends = params.all_stop_token_ids or {self.tokenizer.eos_token_id}
        try:
            return Grammar(
                _pool(self, options).compile(_spec(params.structured_outputs, sorted(ends), _limit(self, request)))
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
            start = _start(options, config.model_config, manager.tokenizer, _rows(config))
            pool = Pool(start, options, write_figures)
            manager._formwork_pool = pool
            logger.info("Formwork: JSON, patterns and choices are held to their form by Formwork's constraint engine.")
        return pool


# The front end's process.


class FrontEnd:
    """Verdicts on schemas, so that what is refused is refused with a reason before it reaches the engine. A schema that
    takes long to compile holds up neither the event loop nor, while a child is free, other new schemas.
    """

    def __init__(self, options: Options) -> None:
        self._options = options.for_verdicts()
        self._pool: Pool | None = None
        self._pool_lock = threading.Lock()
        self._threads = ThreadPoolExecutor(self._options.lanes, thread_name_prefix="formwork")
        self._lock = threading.Lock()
        self._known: OrderedDict[Spec, Future[int]] = OrderedDict()

    def check(self, params: SamplingParams, model_config: Any, tokenizer: Any, room: int | None = None) -> None:
        """Raises VLLMValidationError, which is answered with 400. `room`: tokens that fit behind the prompt."""
        if params.ignore_eos or params.min_tokens > 0:
            raise _refusal(
                "An answer of a given form ends where it is whole: ignore_eos and min_tokens are not possible with one."
            )
        try:
            least = self.least(params, model_config, tokenizer).result()
        except (ServiceError, ValueError) as error:
            raise _refusal(str(error)) from error
        budget = min((limit for limit in (params.max_tokens, room) if limit is not None), default=least)
        if budget < least:
            raise _refusal(f"The answer may have {budget} tokens; the shortest document of this schema needs {least}.")

    def least(self, params: SamplingParams, model_config: Any, tokenizer: Any) -> Future[int]:
        """Tokens of the shortest document; fails with a ServiceError for what cannot be honoured."""
        spec = _spec(params.structured_outputs, (tokenizer.eos_token_id,), None)
        with self._lock:
            known = self._known.get(spec)
            if known is None:
                known = self._known[spec] = self._threads.submit(self._compile, spec, model_config, tokenizer)
                if len(self._known) > _MAX_VERDICTS:
                    self._known.popitem(last=False)
            return known

    def _compile(self, spec: Spec, model_config: Any, tokenizer: Any) -> int:
        try:
            with self._pool_lock:
                if self._pool is None:
                    self._pool = Pool(_start(self._options, model_config, tokenizer, 1), self._options)
            return self._pool.compile(spec).least
        except Exception as error:
            # What ended the child may have come from outside: it says nothing of the schema the next time.
            if not isinstance(error, ServiceError) or isinstance(error.__cause__, ServiceDied):
                with self._lock:
                    self._known.pop(spec, None)
            raise


def _refusal(message: str) -> VLLMValidationError:
    return VLLMValidationError(message, parameter="structured_outputs")


def _patch_front_end(front: FrontEnd) -> None:
    plain_validate = SamplingParams._validate_structured_outputs

    def applies(params: Any, config: Any, model_config: Any, tokenizer: Any) -> bool:
        return (
            config is not None
            and config.backend == "auto"
            and tokenizer is not None
            and not model_config.is_diffusion
            and _is_ours(params.structured_outputs)
        )

    @functools.wraps(plain_validate)
    def validate(self: Any, model_config: Any, config: Any, tokenizer: Any) -> None:
        if not applies(self, config, model_config, tokenizer):
            if getattr(self.structured_outputs, "_backend", None) == BACKEND:
                self.structured_outputs._backend = None
            plain_validate(self, model_config, config, tokenizer)
            return
        front.check(self, model_config, tokenizer)
        if self.structured_outputs.json is not None:
            # As text it reaches the engine whatever it holds: the frames between the processes have 64 bits a number.
            self.structured_outputs.json = _text(self.structured_outputs.json)
        self.structured_outputs._backend = BACKEND
        self.structured_outputs._backend_was_auto = True

    SamplingParams._validate_structured_outputs = validate

    from vllm.v1.engine.async_llm import AsyncLLM

    plain_add: Callable[..., Any] = AsyncLLM.add_request

    @functools.wraps(plain_add)
    async def add_request(self: Any, request_id: str, prompt: Any, params: Any, *rest: Any, **more: Any) -> Any:
        inputs = self.input_processor
        if isinstance(params, SamplingParams) and params.structured_outputs is not None:
            model_config, tokenizer = inputs.model_config, inputs.tokenizer
            if applies(params, self.vllm_config.structured_outputs_config, model_config, tokenizer):
                # Others wait for the same schema: a client that leaves takes none of them along.
                with contextlib.suppress(ServiceError, ValueError):
                    await asyncio.shield(asyncio.wrap_future(front.least(params, model_config, tokenizer)))
                front.check(params, model_config, tokenizer, model_config.max_model_len - _prompt_length(prompt))
        return await plain_add(self, request_id, prompt, params, *rest, **more)

    AsyncLLM.add_request = add_request

    plain_new: Callable[..., None] = AsyncLLM.__init__

    @functools.wraps(plain_new)
    def new(self: Any, *arguments: Any, **named: Any) -> None:
        _show_plugin()
        plain_new(self, *arguments, **named)

    AsyncLLM.__init__ = new


def _prompt_length(prompt: Any) -> int:
    """In tokens; 0 where it is not known yet."""
    found = prompt.get("prompt_token_ids") if isinstance(prompt, dict) else getattr(prompt, "prompt_token_ids", None)
    return len(found) if found is not None else 0


def _show_plugin() -> None:
    """Says in the list of models that the plug-in is there, for a Formwork in front of this server; its figures too."""
    from vllm.entrypoints.openai.models.serving import OpenAIServingModels

    plain_show: Callable[..., Any] = OpenAIServingModels.show_available_models
    if getattr(plain_show, "_formwork", False):
        return
    show_in_registry()

    @functools.wraps(plain_show)
    async def show(self: Any) -> Any:
        models = await plain_show(self)
        for card in models.data:
            card.structured_outputs = BACKEND
        return models

    show._formwork = True  # type: ignore[attr-defined]
    OpenAIServingModels.show_available_models = show
