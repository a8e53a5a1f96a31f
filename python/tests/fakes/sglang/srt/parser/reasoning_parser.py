from types import SimpleNamespace

ENDS = {"thinking": "</think>", "spelled": "END."}


class ReasoningParser:
    def __init__(self, model_type, stream_reasoning, tokenizer) -> None:
        self.detector = SimpleNamespace(
            get_think_end_token_ids=lambda tokenizer: tokenizer.encode(ENDS[model_type], add_special_tokens=False)
        )
