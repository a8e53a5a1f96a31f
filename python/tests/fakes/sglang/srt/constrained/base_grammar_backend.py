from concurrent.futures import ThreadPoolExecutor

REGISTRY = {}


def register_grammar_backend(name, start) -> None:
    REGISTRY[name] = start


class BaseGrammarObject:
    def __init__(self) -> None:
        self.finished = False
        self.grammar_stats = None
        self.current_token = None

    def maybe_init_reasoning(self, reasoning) -> None:
        pass

    def copy(self):
        return self


class InvalidGrammarObject(BaseGrammarObject):
    def __init__(self, error_message) -> None:
        super().__init__()
        self.error_message = error_message


class BaseGrammarBackend:
    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(2)
        self.cache = {}

    def get_cached_or_future_value(self, key, require_reasoning):
        value = self.cache.get(key)
        if value:
            return value.copy(), True
        return self.executor.submit(getattr(self, f"dispatch_{key[0]}"), key[1]), False

    def set_cache(self, key, value) -> None:
        self.cache[key] = value
