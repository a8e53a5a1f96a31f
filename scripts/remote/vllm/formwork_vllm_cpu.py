"""Loaded by vLLM on the CPU as a general plug-in: mends what keeps its speculative decoding from sampling.

The CPU build of 0.32 copies temperatures and top-p to integers before it spreads them over the drafts of a request, and
loses the result: what was in memory before is used. Here torch does it.
"""

import torch
from vllm.v1.sample import rejection_sampler


def expand(
    values: torch.Tensor, ends: torch.Tensor, count: int, replace_from: int = 0, replace_to: int = 0
) -> torch.Tensor:
    """Each request's value once for each of its drafts, which end at `ends`."""
    replaced = torch.where(values == replace_from, torch.full_like(values, replace_to), values)
    drafts = torch.diff(ends, prepend=ends.new_zeros(1))
    return torch.repeat_interleave(replaced, drafts, output_size=count)


def register() -> None:
    rejection_sampler.expand_batch_to_tokens = expand
