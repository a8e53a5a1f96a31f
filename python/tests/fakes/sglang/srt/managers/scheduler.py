"""The scheduler, reduced to how it passes on sampled tokens."""


class Scheduler:
    def process_batch_result(self, batch, result) -> None:
        """`result`: a token for each request of the batch."""
        for request, token in zip(batch.reqs, result, strict=True):
            try:
                request.grammar.accept_token(token)
            except ValueError as error:
                request.set_finish_with_abort(f"Grammar accept_token failed: {error}")
                continue
            request.output_ids.append(token)
            if request.grammar.is_terminated():
                request.done = "stop"
            elif len(request.output_ids) >= request.sampling_params.max_new_tokens:
                request.done = "length"
