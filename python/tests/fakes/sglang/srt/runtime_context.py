from types import SimpleNamespace

serving = SimpleNamespace(reasoning_parser=None, enable_strict_thinking=False)
execution = SimpleNamespace(kernel=SimpleNamespace(grammar_backend="formwork"))


def get_exec():
    return execution


def get_serving():
    return serving
