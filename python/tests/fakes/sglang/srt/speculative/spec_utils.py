"""The walk through the drafts of each request, with trees as nested lists and all masks in one table."""


def generate_token_bitmask(
    reqs, retrieve_next_token_cpu, retrieve_next_sibling_cpu, draft_tokens_cpu, vocab_size
) -> tuple:
    mask, grammar, size = None, None, len(draft_tokens_cpu.tolist()[0])
    trees = (retrieve_next_token_cpu, retrieve_next_sibling_cpu, draft_tokens_cpu)
    for index, (req, *tree) in enumerate(zip(reqs, *(part.tolist() for part in trees), strict=True)):
        if req.grammar is not None:
            grammar = req.grammar
            if mask is None:
                mask = grammar.allocate_vocab_mask(vocab_size, len(reqs) * size, "cpu")
            traverse_tree(*tree, grammar, mask, index * size)
    return mask, grammar


def traverse_tree(children, siblings, drafts, grammar, mask, first) -> None:
    def visit(node, parent) -> None:
        token = drafts[node]
        if node == 0 or mask.row(first + parent)[token >> 3] >> (token & 7) & 1:
            if node != 0:
                grammar.accept_token(token)
            if not grammar.is_terminated():
                grammar.fill_vocab_mask(mask, first + node)
                if children[node] != -1:
                    visit(children[node], node)
            if node != 0:
                grammar.rollback(1)
        if siblings[node] != -1:
            visit(siblings[node], parent)

    visit(0, -1)
