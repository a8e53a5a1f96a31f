class SamplingBatchInfo:
    def __init__(self, grammars, vocab_size) -> None:
        self.grammars = grammars
        self.vocab_size = vocab_size

    def update_regex_vocab_mask(self) -> None:
        first = next(grammar for grammar in self.grammars if grammar)
        self.mask = first.allocate_vocab_mask(self.vocab_size, len(self.grammars), "cpu")
        for row, grammar in enumerate(self.grammars):
            if grammar and not grammar.finished and not grammar.is_terminated():
                grammar.fill_vocab_mask(self.mask, row)
