class ReasonerGrammarObject:
    pass


class ReasonerGrammarBackend:
    pass
