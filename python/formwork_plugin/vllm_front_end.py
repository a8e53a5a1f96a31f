"""Patches of vLLM's front end: it checks schemas, announces the plug-in, and requests tool calls as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Listing
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from vllm.exceptions import VLLMValidationError
from vllm.sampling_params import SamplingParams

from .metrics import show_in_registry
from .options import Options
from .pool import Pool
from .reasoning import shortfall
from .sequence import Spec
from .service import ServiceDied, ServiceError
from .vllm_request import BACKEND, end_of_reasoning, is_ours, spec_of, start_of, text_of

_MAX_VERDICTS = 1024


class FrontEnd:
    """Checks schemas before they reach the engine, so that rejections have a reason.

    A slow schema delays neither the event loop nor, as long as a child is idle, other new schemas.
    """

    def __init__(self, options: Options) -> None:
        self._options = options.for_verdicts()
        self._pool: Pool | None = None
        self._pool_lock = threading.Lock()
        self._threads = ThreadPoolExecutor(self._options.children, thread_name_prefix="formwork")
        self._lock = threading.Lock()
        self._known: OrderedDict[Spec, Future[int]] = OrderedDict()

    def check(self, params: SamplingParams, model_config: Any, tokenizer: Any) -> None:
        """Raises VLLMValidationError, which becomes a 400. Blocks while a new schema is compiled."""
        _check_end(params)
        with _refusals():
            least = self.least(params, model_config, tokenizer).result()
        _check_budget(params.max_tokens, least)

    async def check_aside(
        self, params: SamplingParams, model_config: Any, tokenizer: Any, room: int, end: int = 0
    ) -> None:
        """Checks a schema without blocking the event loop.

        `room`: tokens that fit into the context after the prompt. `end`: tokens of the tag that ends reasoning.
        """
        _check_end(params)
        with _refusals():
            # Shielded: other requests may wait for the same schema when this client disconnects.
            least = await asyncio.shield(asyncio.wrap_future(self.least(params, model_config, tokenizer)))
        _check_budget(room if params.max_tokens is None else min(params.max_tokens, room), least, end)

    def least(self, params: SamplingParams, model_config: Any, tokenizer: Any) -> Future[int]:
        """Length of the shortest document in tokens. Fails with ServiceError if the schema is rejected."""
        spec = spec_of(params.structured_outputs, (tokenizer.eos_token_id,), None)
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
                    self._pool = Pool(start_of(self._options, model_config, tokenizer, 1), self._options)
            return self._pool.compile(spec).least
        except Exception as error:
            # Not cached if the child died: that may have an external cause.
            if not isinstance(error, ServiceError) or isinstance(error.__cause__, ServiceDied):
                with self._lock:
                    self._known.pop(spec, None)
            raise


def _refusal(message: str) -> VLLMValidationError:
    return VLLMValidationError(message, parameter="structured_outputs")


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (ServiceError, ValueError) as error:
        raise _refusal(str(error)) from error


def _check_end(params: SamplingParams) -> None:
    if params.ignore_eos or params.min_tokens > 0:
        raise _refusal(
            "A constrained answer ends when it is complete: ignore_eos and min_tokens cannot be combined with a schema."
        )


def _check_budget(budget: int | None, least: int, end: int = 0) -> None:
    message = shortfall(budget, least, end)
    if message is not None:
        raise _refusal(message)


def patch_front_end(front: FrontEnd) -> None:
    plain_validate = SamplingParams._validate_structured_outputs

    def applies(params: Any, config: Any, model_config: Any, tokenizer: Any) -> bool:
        return (
            config is not None
            and config.backend == "auto"
            and tokenizer is not None
            and not model_config.is_diffusion
            and is_ours(params.structured_outputs)
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
            # As text, because messages between the processes limit numbers to 64 bits.
            self.structured_outputs.json = text_of(self.structured_outputs.json)
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
            config = self.vllm_config.structured_outputs_config
            if applies(params, config, model_config, tokenizer):
                tokens = _prompt_tokens(prompt)
                end = _end_of_reasoning(config, tokenizer, tokens, more)
                await front.check_aside(params, model_config, tokenizer, model_config.max_model_len - len(tokens), end)
        return await plain_add(self, request_id, prompt, params, *rest, **more)

    AsyncLLM.add_request = add_request

    plain_new: Callable[..., None] = AsyncLLM.__init__

    @functools.wraps(plain_new)
    def new(self: Any, *arguments: Any, **named: Any) -> None:
        _show_plugin()
        plain_new(self, *arguments, **named)

    AsyncLLM.__init__ = new


def _prompt_tokens(prompt: Any) -> Listing[int]:
    """The prompt's tokens; empty if it has not been tokenized yet."""
    found = prompt.get("prompt_token_ids") if isinstance(prompt, dict) else getattr(prompt, "prompt_token_ids", None)
    return () if found is None else found


def _end_of_reasoning(config: Any, tokenizer: Any, prompt: Listing[int], request: dict[str, Any]) -> int:
    """Length of the tag that ends reasoning, in tokens; 0 if the answer begins with the document."""
    if not config.reasoning_parser or config.enable_in_reasoning or request.get("reasoning_ended"):
        return 0
    from vllm.reasoning import ReasoningParserManager

    parser = ReasoningParserManager.get_reasoning_parser(config.reasoning_parser)
    reasoner = parser(tokenizer=tokenizer, **(request.get("reasoning_parser_kwargs") or {}))
    if request.get("reasoning_ended") is None and reasoner.is_reasoning_end(prompt):
        return 0
    return len(end_of_reasoning(reasoner, tokenizer))


def _show_plugin() -> None:
    """Marks the list of models, so that a Formwork in front recognizes the plug-in, and registers the metrics."""
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


def patch_tools() -> None:
    """Constrains required and named tool calls as JSON, if vLLM's tool parser reads JSON.

    By default, vLLM has xgrammar constrain these calls to the model's own notation, and their arguments to their schema
    only if the tool is `strict`. A parser class declares that it reads JSON (`supports_required_and_named`), but
    `ToolParser` clears that for classes with a notation of their own; this restores it.
    """
    from vllm.parser.abstract_parser import DelegatingParser
    from vllm.tool_parsers.abstract_tool_parser import ToolParser

    plain_begin = ToolParser.__init_subclass__.__func__
    plain_apply: Callable[..., Any] = DelegatingParser._apply_structural_tag

    def begin(cls: Any, /, **named: Any) -> None:
        reads_json = cls.supports_required_and_named
        plain_begin(cls, **named)
        cls.supports_required_and_named = reads_json

    @functools.wraps(plain_apply)
    def apply(self: Any, request: Any) -> Any:
        is_demanded = request.tool_choice not in (None, "auto", "none")
        if is_demanded and self._tool_parser is not None and self._tool_parser.supports_required_and_named:
            return request
        return plain_apply(self, request)

    ToolParser.__init_subclass__ = classmethod(begin)
    DelegatingParser._apply_structural_tag = apply
