"""The scheduler, reduced to how it passes on sampled tokens."""


class Scheduler:
    def __init__(self, manager) -> None:
        self.structured_output_manager = manager

    def update_from_output(self, scheduler_output, model_runner_output):
        """`model_runner_output`: pairs of a request and its new tokens."""
        for request, tokens in model_runner_output:
            request.output += tokens
            is_whole = not tokens or tokens[-1] in request.sampling_params.all_stop_token_ids
            request.finished = is_whole or len(request.output) >= request.max_tokens
            if not self.structured_output_manager.accept_tokens(request, tokens):
                request.refused, request.finished = tokens, True
        return {}
