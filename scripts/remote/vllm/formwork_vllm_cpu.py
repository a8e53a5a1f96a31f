"""A general plug-in that fixes sampling with speculative decoding in vLLM's CPU build.

The CPU build of 0.32 copies temperatures and top-p to integers before it expands them to the drafts of a request, and
discards the result, so that uninitialized memory is used. Here torch expands them.
"""

import torch
from vllm.v1.sample import rejection_sampler


def expand(
    values: torch.Tensor, ends: torch.Tensor, count: int, replace_from: int = 0, replace_to: int = 0
) -> torch.Tensor:
    """Repeats each request's value for each of its drafts, which end at `ends`."""
    replaced = torch.where(values == replace_from, torch.full_like(values, replace_to), values)
    drafts = torch.diff(ends, prepend=ends.new_zeros(1))
    return torch.repeat_interleave(replaced, drafts, output_size=count)


def register() -> None:
    rejection_sampler.expand_batch_to_tokens = expand
