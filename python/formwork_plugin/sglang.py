"""The plug-in for SGLang.

SGLang selects backends by name (`--grammar-backend formwork`). Hooks add what its interface lacks: the request that a
grammar belongs to, for its budget; one round trip for a whole batch, with its drafts; and the moment when the tokens of
a step are known. `sglang_tools.py` has those for tool calls, `sglang_ranks.py` what tensor parallelism needs.
"""

from __future__ import annotations

import os
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from sglang.srt.arg_groups.choices import add_grammar_backend_choices
from sglang.srt.constrained.base_grammar_backend import (
    BaseGrammarBackend,
    BaseGrammarObject,
    InvalidGrammarObject,
    register_grammar_backend,
)
from sglang.srt.constrained.reasoner_grammar_backend import ReasonerGrammarBackend, ReasonerGrammarObject
from sglang.srt.constrained.xgrammar_backend import XGrammarGrammar
from sglang.srt.plugins.hook_registry import HookRegistry, HookType
from sglang.srt.runtime_context import get_serving

from .child import Entry
from .log import logger
from .metrics import Gauges
from .options import Options
from .pool import Pool
from .reasoning import Reasoning, shortfall
from .sequence import Sequence, Spec
from .service import ServiceDied, ServiceError, Start
from .sglang_ranks import Ranks
from .sglang_tools import hook_tools
from .tokenizer import tokenizer_text

BACKEND = "formwork"
_MAX_CACHED = 256
# More than any batch of SGLang. Rows take no memory until they are written.
_MAX_ROWS = 4096


def register(options: Options) -> None:
    """Registers the backend and the hooks in this process, before SGLang parses its arguments."""

    def start(server_args: Any, tokenizer: Any, vocab_size: int, eos_token_ids: Iterable[int] | None) -> Any:
        backend = Backend(options, tokenizer, vocab_size, eos_token_ids)
        return _with_reasoning(backend, tokenizer)

    register_grammar_backend(BACKEND, start)
    add_grammar_backend_choices([BACKEND])
    manager = "sglang.srt.constrained.grammar_manager.GrammarManager"
    batch = "sglang.srt.sampling.sampling_batch_info.SamplingBatchInfo"
    HookRegistry.register(f"{manager}.process_req_with_grammar", _attach_one, HookType.AFTER)
    HookRegistry.register(f"{manager}.get_ready_grammar_requests", _attach_each, HookType.AFTER)
    HookRegistry.register(f"{batch}.update_regex_vocab_mask", _fetch_masks, HookType.AROUND)
    reasoner = "sglang.srt.constrained.reasoner_grammar_backend.ReasonerGrammarObject"
    HookRegistry.register(f"{reasoner}.fill_vocab_mask", _restrict_reasoning, HookType.AFTER)
    drafts = "sglang.srt.speculative.spec_utils.generate_token_bitmask"
    HookRegistry.register(drafts, _fetch_draft_masks, HookType.AROUND)
    hook_tools(BACKEND)
    scheduler = "sglang.srt.managers.scheduler.Scheduler"
    HookRegistry.register(f"{scheduler}.process_batch_result", _prepare_masks, HookType.AFTER)


class Grammar(BaseGrammarObject):
    """A sequence as SGLang sees it.

    SGLang caches copies of grammars and copies them for each request. A copy is therefore compiled on first use: cached
    copies take no place in the children, and need not be restored after a crash.
    """

    def __init__(self, pool: Pool, spec: Spec, sequence: Sequence | None = None) -> None:
        super().__init__()
        self.pool = pool
        self.spec = spec
        self._sequence = sequence
        self.params: Any = None
        """The request's sampling parameters. Not the request, which would keep the grammar alive in a cycle."""
        self.reasoner: weakref.ref[ReasonerGrammarObject] | None = None
        """SGLang's wrapper, which holds this grammar, if the model reasons before the document."""
        self.reasoning: Reasoning | None = None
        self.ranks = Ranks()
        """The ranks that constrain this request."""
        self.drafting = False
        """Whether SGLang is walking through a tree of drafts, which does not expect a request to fail."""

    @property
    def sequence(self) -> Sequence:
        """Raises ServiceError on first use if the request is rejected."""
        if self._sequence is None:
            self._sequence = self.pool.compile(self.spec)
        return self._sequence

    def accept_token(self, token: int) -> None:
        if not self.sequence.accept(token):
            if self.drafting and self.sequence.failure is not None:
                return  # The next token that is not a draft fails the request.
            reason = self.sequence.failure or f"token {token} is not allowed where it was written"
            raise ValueError(f"Formwork: {reason}")
        self.current_token = token

    def rollback(self, k: int) -> None:
        self.sequence.rollback(k)

    def is_terminated(self) -> bool:
        return self.sequence.terminated

    def allocate_vocab_mask(self, vocab_size: int, batch_size: int, device: Any) -> Any:
        return XGrammarGrammar.allocate_vocab_mask(self, vocab_size, batch_size, device)

    def fill_vocab_mask(self, vocab_mask: Any, idx: int) -> None:
        self.read_budget()
        _row(vocab_mask, idx, self.sequence.child.row_bytes)[:] = self.sequence.mask()

    def restrict_reasoning(self, vocab_mask: Any, idx: int) -> None:
        """Restricts a mask within the reasoning."""
        reasoner = None if self.reasoner is None else self.reasoner()
        if self.reasoning is not None and reasoner is not None:
            row = _row(vocab_mask, idx, self.sequence.child.row_bytes)
            self.reasoning.restrict(row, reasoner._matched_think_end_tokens, self._left())

    @staticmethod
    def reset_vocab_mask(vocab_mask: Any) -> None:
        vocab_mask.fill_(-1)

    @staticmethod
    def move_vocab_mask(vocab_mask: Any, device: Any) -> Any:
        return vocab_mask.to(device, non_blocking=True)

    @staticmethod
    def apply_vocab_mask(logits: Any, vocab_mask: Any) -> None:
        # SGLang's own kernels, which use the same layout. The method does not use `self`.
        XGrammarGrammar.apply_vocab_mask(None, logits, vocab_mask)

    def copy(self) -> Grammar:
        return Grammar(self.pool, self.spec)

    def read_budget(self) -> None:
        """Updates the remaining budget, unless that has been done since the last token."""
        if self.params is not None and self.sequence.mark != len(self.sequence.log):
            self.set_budget()

    def set_budget(self) -> None:
        self.sequence.remaining = self._left()
        self.sequence.mark = len(self.sequence.log)

    def attach(self, request: Any, wrapper: Any, ranks: Ranks) -> None:
        """Connects the grammar with its request. `wrapper`: the object that SGLang holds: this grammar or a wrapper."""
        self.params = request.sampling_params
        self.ranks = ranks
        if isinstance(wrapper, ReasonerGrammarObject) and not _is_past_reasoning(wrapper):
            self.reasoner = weakref.ref(wrapper)
            stops = {*self.spec.ends, *(self.params.stop_token_ids or ())}.difference(wrapper.think_end_ids)
            self.reasoning = Reasoning(wrapper.think_end_ids, self.sequence.least, stops)

    def _left(self) -> int:
        """Tokens left in the budget at this position, which may follow drafts."""
        reasoner = None if self.reasoner is None else self.reasoner()
        thought = 0 if reasoner is None else len(reasoner._thinking_match_history)
        return max(0, int(self.params.max_new_tokens) - thought - len(self.sequence.log))


class _ChildDied(InvalidGrammarObject):
    """A rejection because the child died, which may have an external cause."""


class _Cache(OrderedDict[Any, BaseGrammarObject]):
    """A bounded cache of grammars and rejections; SGLang's own is unbounded."""

    def __setitem__(self, key: Any, value: BaseGrammarObject) -> None:
        if isinstance(value, _ChildDied):
            return
        super().__setitem__(key, value)
        while len(self) > _MAX_CACHED:
            self.popitem(last=False)


class Backend(BaseGrammarBackend):
    """The grammar backend: compiles schemas, regular expressions and choices."""

    def __init__(self, options: Options, tokenizer: Any, size: int, ends: Iterable[int] | None) -> None:
        super().__init__()
        self.cache = _Cache()
        self.ends = tuple(sorted(ends)) if ends else (tokenizer.eos_token_id,)
        start = Start(options.command, tokenizer_text(tokenizer), size, self.ends[0], _MAX_ROWS, options.settings)
        self.pool = Pool(start, options, Gauges().set if "PROMETHEUS_MULTIPROC_DIR" in os.environ else None)
        logger.info("Formwork: JSON, regular expressions and choices are constrained by Formwork.")

    def dispatch_json(self, key_string: str) -> BaseGrammarObject:
        # SGLang's notation for any object.
        kind = "json_object" if key_string == "$$ANY$$" else "json"
        return self._compile(Spec(kind, "" if kind == "json_object" else key_string, self.ends))

    def dispatch_regex(self, key_string: str) -> BaseGrammarObject:
        return self._compile(Spec("regex", key_string, self.ends))

    def dispatch_ebnf(self, key_string: str) -> BaseGrammarObject:
        return InvalidGrammarObject("Formwork does not support EBNF grammars. Use a schema or a regular expression.")

    def dispatch_structural_tag(self, key_string: str) -> BaseGrammarObject:
        return InvalidGrammarObject(
            "Formwork does not support structural tags, which SGLang uses for optional calls of `strict` tools. "
            "Require the call (tool_choice), or remove `strict`."
        )

    # Called by SGLang's wrapper for models that reason.
    allocate_vocab_mask = Grammar.allocate_vocab_mask
    move_vocab_mask = staticmethod(Grammar.move_vocab_mask)
    apply_vocab_mask = staticmethod(Grammar.apply_vocab_mask)

    def _compile(self, spec: Spec) -> BaseGrammarObject:
        try:
            return Grammar(self.pool, spec, self.pool.compile(spec))
        except ServiceError as error:
            rejection = _ChildDied if isinstance(error.__cause__, ServiceDied) else InvalidGrammarObject
            return rejection(str(error))


def _with_reasoning(backend: Backend, tokenizer: Any) -> Any:
    """Wraps the backend for models that reason, which SGLang does for its own backends only."""
    if not get_serving().reasoning_parser:
        return backend
    from sglang.srt.parser.reasoning_parser import ReasoningParser

    parser = ReasoningParser(model_type=get_serving().reasoning_parser, stream_reasoning=False, tokenizer=tokenizer)
    strict = get_serving().enable_strict_thinking
    reasoning = ReasonerGrammarBackend(backend, parser, tokenizer, enable_strict_thinking=strict)
    reasoning.cache = _Cache()
    return reasoning


def _ours(grammar: Any) -> Grammar | None:
    inner = grammar.grammar if isinstance(grammar, ReasonerGrammarObject) else grammar
    return inner if isinstance(inner, Grammar) else None


def _attach(requests: list[Any], manager: Any) -> None:
    """Connects requests with their grammars and rejects what cannot be served, on all ranks or none."""
    ranks = Ranks(manager.grammar_sync_group, manager.grammar_sync_size)
    for request in requests:
        reason = _attach_request(request, ranks)
        if reason is not None:
            request.set_finish_with_abort(reason)
    own = [None if request.to_finish is None else str(request.to_finish.message) for request in requests]
    for request, reasons in zip(requests, ranks.reasons(own), strict=True):
        if len(set(reasons)) == 1:
            continue
        # The cache must be the same on all ranks, too.
        manager.grammar_backend.cache.pop(getattr(request, "grammar_key", None), None)
        if request.to_finish is None:
            request.set_finish_with_abort(next(reason for reason in reasons if reason is not None))


def _attach_request(request: Any, ranks: Ranks) -> str | None:
    """Returns the reason if the request is rejected."""
    grammar = _ours(request.grammar)
    if grammar is None or request.finished():
        return None
    params = request.sampling_params
    if params.max_new_tokens == 0 and params.n > 1:
        # For several answers, SGLang prefills the prompt once, with a request that generates nothing.
        request.grammar = None
        return None
    try:
        grammar.attach(request, request.grammar, ranks)
        least = grammar.sequence.least
    except ServiceError as error:
        return str(error)
    end = 0 if grammar.reasoning is None else len(grammar.reasoning.end)
    too_small = shortfall(params.max_new_tokens, least, end)
    if too_small is not None:
        return too_small
    if params.ignore_eos or params.min_new_tokens > 0:
        return (
            "A constrained answer ends when it is complete: "
            "ignore_eos and min_new_tokens cannot be combined with a schema."
        )
    grammar.set_budget()
    return None


def _row(vocab_mask: Any, index: int, width: int) -> memoryview:
    return memoryview(vocab_mask.numpy()).cast("B")[index * width : (index + 1) * width]


def _restrict_reasoning(result: None, wrapper: Any, vocab_mask: Any, idx: int) -> None:
    """Makes reasoning leave room for the document, and prevents it from ending the answer."""
    own = _ours(wrapper)
    if own is not None and not _is_past_reasoning(wrapper):
        own.restrict_reasoning(vocab_mask, idx)


def _attach_one(result: Any, manager: Any, request: Any) -> None:
    if _ours(request.grammar) is not None:
        _attach([request], manager)


def _attach_each(ready: list[Any], manager: Any) -> None:
    if ready:
        _attach(ready, manager)


def _active(grammar: Any) -> Grammar | None:
    """Our grammar, if it constrains the next token."""
    own = _ours(grammar)
    if own is None or own.finished or own.is_terminated():
        return None
    return own if grammar is own or _is_past_reasoning(grammar) else None


def _is_past_reasoning(wrapper: ReasonerGrammarObject) -> bool:
    """Whether the grammar constrains the next token. From 0.5.23, it may constrain the reasoning, too."""
    return bool(wrapper._is_generation() or getattr(wrapper, "reasoning_in_grammar", False))


def _batch(grammars: list[Grammar]) -> list[Entry]:
    for own in grammars:
        if own.params is not None:
            own.set_budget()
    return [(own.sequence, ()) for own in grammars]


def _fetch_masks(plain: Callable[..., Any], info: Any, *rest: Any, **more: Any) -> Any:
    """Fetches all masks in one round trip, before SGLang fills its table row by row."""
    active = [own for grammar in info.grammars or () if (own := _active(grammar)) is not None]
    if active:
        active[0].pool.step(_batch(active))
        active[0].ranks.share_failures([own.sequence for own in active])
    return plain(info, *rest, **more)


def _fetch_draft_masks(
    plain: Callable[..., Any], requests: list[Any], children: Any, siblings: Any, drafts: Any, vocab_size: int
) -> Any:
    """Fetches the masks along the first branch of each request's tree of drafts in one round trip.

    Row `i` of `children` has the first child of each node of tree `i`, or -1; `drafts` has the nodes' tokens. The root
    is the last token. SGLang walks through a tree by accepting tokens and taking them back, which fetches the masks of
    other branches one by one.
    """
    walked = []
    batch: list[Entry] = []
    room = _MAX_ROWS
    for request, links, tokens in zip(requests, children.tolist(), drafts.tolist(), strict=True):
        own = _ours(request.grammar)
        if own is None:
            continue
        own.drafting = True
        walked.append(own)
        if _active(request.grammar) is None:
            continue
        own.read_budget()
        branch = _first_branch(links, tokens, vocab_size)
        room -= 1 + len(branch)
        if room >= 0:
            batch.append((own.sequence, branch))
    if batch:
        walked[0].pool.step(batch)
    found = plain(requests, children, siblings, drafts, vocab_size)
    for own in walked:
        own.drafting = False
    if walked:
        walked[0].ranks.share_failures([own.sequence for own in walked])
    return found


def _first_branch(links: list[int], tokens: list[int], vocab_size: int) -> list[int]:
    branch: list[int] = []
    node = links[0]
    while node != -1 and 0 <= tokens[node] < vocab_size:
        branch.append(tokens[node])
        node = links[node]
    return branch


def _prepare_masks(result: Any, scheduler: Any, batch: Any, outcome: Any) -> None:
    """Requests the masks of the next step as soon as the tokens of a step are known."""
    following = [
        own
        for request in batch.reqs
        # More than one new token: drafts were accepted, and the next step will need masks after drafts.
        if (own := _active(request.grammar)) is not None
        and not request.finished()
        and len(own.sequence.log) == own.sequence.mark + 1
    ]
    if following:
        following[0].pool.prepare(_batch(following))
