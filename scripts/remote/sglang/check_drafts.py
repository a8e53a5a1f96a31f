"""Checks the plug-in with SGLang's own walk through trees of drafts, without a model or a server.

SGLang fills the masks of random trees of drafts. At each node, one of the allowed tokens is sampled, until it is not
among the drafts. Run with the Python of an environment that has SGLang:

    PYTHONPATH=python:scripts/remote:scripts/remote/sglang:src/bench/benches/plugin \\
        python scripts/remote/sglang/check_drafts.py MODEL_FOLDER [--drafts 7] [--rounds 1]

Prints the number of documents and of confirmed drafts. Exits with 1 if a document is invalid or missing.
"""

from __future__ import annotations

import argparse
import itertools
import random
from typing import Any

import torch
from draft_cases import Tally, allowed_in, check_rounds, draft
from sglang.srt.speculative import spec_utils
from sglang_steps import SglangEngine


class Tree:
    """A random tree of drafts. Node 0 is the last token of the request."""

    def __init__(self, source: random.Random, request: Any, drafts: int, size: int) -> None:
        left = request.sampling_params.max_new_tokens - len(request.output)
        self.tokens, self.parents = [0], [-1]
        paths: list[list[int]] = [[]]
        for node in range(1, 1 + drafts):
            parent = source.choice([node - 1, node - 1, source.randrange(node)])
            token = draft(source, request.twin, paths[parent], left, size)
            self.tokens.append(token)
            self.parents.append(parent)
            paths.append([*paths[parent], token])

    def children(self, node: int) -> list[int]:
        return [child for child, parent in enumerate(self.parents) if parent == node]

    def links(self) -> tuple[list[int], list[int]]:
        """First child and next sibling of each node, or -1."""
        first, following = [-1] * len(self.tokens), [-1] * len(self.tokens)
        for node in range(len(self.tokens)):
            children = self.children(node)
            for child, sibling in itertools.pairwise(children):
                following[child] = sibling
            first[node] = children[0] if children else -1
        return first, following


def step(engine: SglangEngine, live: list[Any], drafts: int, source: random.Random, tally: Tally) -> None:
    size, end = engine._size, engine.tokenizer.eos_token_id
    trees = [Tree(source, request, drafts, size) for request in live]
    links = [tree.links() for tree in trees]
    first, following = (torch.tensor(part) for part in zip(*links, strict=True))
    table, _ = spec_utils.generate_token_bitmask(
        live, first, following, torch.tensor([tree.tokens for tree in trees]), size
    )
    for place, (request, tree) in enumerate(zip(live, trees, strict=True)):
        node, tokens = 0, []
        room = request.sampling_params.max_new_tokens - len(request.output)
        while node is not None and len(tokens) < room and end not in tokens:
            allowed = allowed_in(table[place * (1 + drafts) + node].numpy())
            children = {tree.tokens[child]: child for child in reversed(tree.children(node))}
            expected = [token for token in children if token in allowed]
            wants_draft = expected and source.random() < 0.7
            tokens.append(int(source.choice(expected if wants_draft else allowed)))
            node = children.get(tokens[-1])
        tally.offered += drafts
        tally.confirmed += len(tokens) - (node is None)
        for token in tokens:
            request.grammar.accept_token(token)
            request.twin.accept(token)
        request.output += tokens
        request.is_done = request.grammar.finished = end in tokens or len(tokens) == room


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--drafts", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    engine = SglangEngine(arguments.folder)
    source, tally = random.Random(3), Tally()

    def run(requests: list[Any]) -> None:
        while live := [request for request in requests if not request.is_done]:
            step(engine, live, arguments.drafts, source, tally)

    check_rounds(engine, arguments.rounds, tally, lambda request: request.grammar.sequence, run)


if __name__ == "__main__":
    main()
