"""The manager, reduced to its calls to a grammar: row by row, accepting drafts and rolling them back."""

from concurrent.futures import ThreadPoolExecutor

from .utils import strip_speculative_padding


class Own:
    """A grammar of one of vLLM's own backends."""

    def is_terminated(self) -> bool:
        return False

    def fill_bitmask(self, bitmask, index) -> None:
        bitmask.row(index)[:] = b"\x0f" * (4 * bitmask.width)

    def accept_tokens(self, request_id, tokens) -> bool:
        return True

    def rollback(self, count) -> None:
        pass


class StructuredOutputManager:
    def __init__(self, vllm_config, tokenizer, reasoner_cls=None) -> None:
        self.vllm_config = vllm_config
        self.tokenizer = tokenizer
        self.reasoner_cls = reasoner_cls
        self.enable_in_reasoning = False
        self.backend = None
        self.executor = ThreadPoolExecutor(2)
        self._use_async_grammar_compilation = True
        self._grammar_bitmask = None

    def grammar_init(self, request) -> None:
        self.backend = object()
        request.structured_output_request.grammar = self.executor.submit(self._create_grammar, request)

    def _create_grammar(self, request):
        return Own()

    def _get_reasoner(self, request):
        return None if self.reasoner_cls is None else self.reasoner_cls(tokenizer=self.tokenizer)

    def _start(self, request, drafts, committed=False) -> int:
        """Index of the first draft that belongs to the document."""
        structured = request.structured_output_request
        reasoner = self._get_reasoner(request)
        if reasoner is None or structured.reasoning_ended:
            return 0
        if structured.reasoning_ended is None and reasoner.is_reasoning_end(request.prompt_token_ids):
            return 0
        structured.reasoning_ended = False
        before = request.output[: len(request.output) - len(drafts)] if committed else request.output
        ends = (i + 1 for i in range(len(drafts)) if reasoner.is_reasoning_end(before + drafts[: i + 1]))
        return next(ends, len(drafts) + 1)

    def _fill_bitmasks(self, batch) -> None:
        for grammar, row, apply in batch:
            if apply and not grammar.is_terminated():
                grammar.fill_bitmask(self._grammar_bitmask, row)
            else:
                self._grammar_bitmask.row(row)[:] = b"\xff" * (4 * self._grammar_bitmask.width)

    def grammar_bitmask(self, requests, ids, scheduled):
        row = 0
        for request_id in ids:
            request = requests[request_id]
            grammar = request.structured_output_request.grammar
            drafts = scheduled.get(request_id, [])
            start = self._start(request, strip_speculative_padding(drafts))
            taken, padded = 0, False
            for index, token in enumerate(drafts):
                self._fill_bitmasks(((grammar, row, index >= start and not padded),))
                if token == -1:
                    padded = True
                elif index >= start and not padded and grammar.accept_tokens(request_id, [token]):
                    taken += 1
                row += 1
            self._fill_bitmasks(((grammar, row, start <= len(drafts) and not padded),))
            row += 1
            if taken:
                grammar.rollback(taken)
        return self._grammar_bitmask

    def validate_tokens(self, request, drafts):
        start = self._start(request, drafts)
        return drafts[:start] + request.structured_output_request.grammar.validate_tokens(drafts[start:])

    def accept_tokens(self, request, tokens) -> bool:
        structured = request.structured_output_request
        start = self._start(request, tokens, committed=True)
        if start > len(tokens):
            return True
        structured.reasoning_ended = True
        return structured.grammar.accept_tokens(request.request_id, tokens[start:])

    def clear_backend(self) -> None:
        self.executor.shutdown()
