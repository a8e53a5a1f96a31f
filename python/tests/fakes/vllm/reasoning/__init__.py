"""Reasoning parsers, reduced to their end tags."""


class Thinking:
    reasoning_end_str = "</think>"

    def __init__(self, tokenizer) -> None:
        self.end = tokenizer.encode(self.reasoning_end_str or "</think>", add_special_tokens=False)

    def is_reasoning_end(self, tokens) -> bool:
        return list(tokens)[-len(self.end) :] == self.end


class Spelled(Thinking):
    """Its end tag is not a single token."""

    reasoning_end_str = "END."


class Unnamed(Thinking):
    """Does not name its end tag."""

    reasoning_end_str = None


class ReasoningParserManager:
    @staticmethod
    def get_reasoning_parser(name):
        return {"thinking": Thinking, "spelled": Spelled}[name]
