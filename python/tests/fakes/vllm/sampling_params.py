from dataclasses import dataclass, field


@dataclass
class StructuredOutputsParams:
    json: object = None
    json_object: bool | None = None
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    _backend: str | None = None
    _backend_was_auto: bool = False


@dataclass
class SamplingParams:
    structured_outputs: StructuredOutputsParams | None = None
    max_tokens: int = 64
    min_tokens: int = 0
    ignore_eos: bool = False
    all_stop_token_ids: set[int] = field(default_factory=set)

    def _validate_structured_outputs(self, model_config, config, tokenizer) -> None:
        if self.structured_outputs is not None:
            self.structured_outputs._backend = "xgrammar"
