def strip_speculative_padding(tokens: list[int]) -> list[int]:
    return tokens[: tokens.index(-1)] if -1 in tokens else tokens
