class StructuredOutputGrammar:
    pass
