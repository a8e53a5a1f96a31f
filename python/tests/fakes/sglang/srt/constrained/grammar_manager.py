from .base_grammar_backend import InvalidGrammarObject


class GrammarManager:
    def __init__(self, backend) -> None:
        self.grammar_backend = backend
        self.grammar_queue = []
        self.grammar_sync_group = None
        self.grammar_sync_size = 1

    def process_req_with_grammar(self, req) -> bool:
        key = ("json", req.sampling_params.json_schema)
        req.grammar, hit = self.grammar_backend.get_cached_or_future_value(key, req.require_reasoning)
        req.grammar_key = key
        if hit and isinstance(req.grammar, InvalidGrammarObject):
            req.set_finish_with_abort(req.grammar.error_message)
        if not hit:
            self.grammar_queue.append(req)
        return not hit

    def get_ready_grammar_requests(self) -> list:
        ready, self.grammar_queue = self.grammar_queue, []
        for req in ready:
            req.grammar = req.grammar.result(timeout=60)
            self.grammar_backend.set_cache(req.grammar_key, req.grammar.copy())
            if isinstance(req.grammar, InvalidGrammarObject):
                req.set_finish_with_abort(req.grammar.error_message)
        return ready
