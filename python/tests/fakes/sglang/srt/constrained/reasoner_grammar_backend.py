"""The wrapper for models that reason, reduced to a single end token."""


class ReasonerGrammarObject:
    def __init__(self, grammar, think_end_ids, *mask_functions) -> None:
        self.grammar = grammar
        self.mask_functions = mask_functions
        self.think_end_ids = tuple(think_end_ids)
        self._thinking_match_history: list[int] = []
        self._matched_think_end_tokens = 0
        self._ended = False
        self.is_reasoning = True

    def maybe_init_reasoning(self, reasoning) -> None:
        self.is_reasoning = reasoning

    def _is_generation(self) -> bool:
        return self._ended or not self.is_reasoning

    def accept_token(self, token) -> None:
        if self._is_generation():
            self.grammar.accept_token(token)
            return
        self._thinking_match_history.append(self._matched_think_end_tokens)
        self._matched_think_end_tokens = (
            self._matched_think_end_tokens + 1 if token == self.think_end_ids[self._matched_think_end_tokens] else 0
        )
        if self._matched_think_end_tokens == len(self.think_end_ids):
            self._ended, self._matched_think_end_tokens = True, 0

    def is_terminated(self) -> bool:
        return self._is_generation() and self.grammar.is_terminated()

    @property
    def finished(self) -> bool:
        return self.grammar.finished

    def allocate_vocab_mask(self, *arguments):
        return self.grammar.allocate_vocab_mask(*arguments)

    def fill_vocab_mask(self, vocab_mask, idx) -> None:
        if self._is_generation():
            self.grammar.fill_vocab_mask(vocab_mask, idx)

    def copy(self):
        return ReasonerGrammarObject(self.grammar.copy(), self.think_end_ids)


class ReasonerGrammarBackend:
    def __init__(self, grammar_backend, reasoning_parser, tokenizer, enable_strict_thinking=False) -> None:
        self.grammar_backend = grammar_backend
        self.pool = grammar_backend.pool
        self.think_end_ids = reasoning_parser.detector.get_think_end_token_ids(tokenizer)

    def get_cached_or_future_value(self, key, require_reasoning):
        def make():
            grammar = getattr(self.grammar_backend, f"dispatch_{key[0]}")(key[1])
            own = self.grammar_backend
            functions = (own.allocate_vocab_mask, own.move_vocab_mask, own.apply_vocab_mask)
            wrapped = ReasonerGrammarObject(grammar, self.think_end_ids, *functions)
            wrapped.maybe_init_reasoning(require_reasoning)
            return wrapped

        return self.grammar_backend.executor.submit(make), False

    def set_cache(self, key, value) -> None:
        pass
