class AsyncLLM:
    def __init__(self, vllm_config, input_processor) -> None:
        self.vllm_config = vllm_config
        self.input_processor = input_processor

    async def add_request(self, request_id, prompt, params, arrival_time=None):
        config = self.vllm_config.structured_outputs_config
        params._validate_structured_outputs(self.input_processor.model_config, config, self.input_processor.tokenizer)
        return request_id
