from types import SimpleNamespace

serving = SimpleNamespace(reasoning_parser=None, enable_strict_thinking=False)


def get_serving():
    return serving
