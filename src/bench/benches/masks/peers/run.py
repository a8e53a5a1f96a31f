"""Runs a peer constraint engine over one shard of the cases, the way run.ts runs ours.

usage: run.py ENGINE CASES_FOLDER SHARD RAW_PREFIX

Prints one line of JSON with the counts. Writes the times, in microseconds as 32-bit floats, to
RAW_PREFIX.mask and RAW_PREFIX.first: percentiles of several shards need every value.
"""

import array
import gzip
import json
import signal
import sys
import time

CASE_LIMIT_SECONDS = 60


class Late(Exception):
    """The current case took too long."""


def give_up(*_):
    raise Late()


class Llguidance:
    def __init__(self, folder, vocabulary):
        import llguidance
        from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

        self.package = llguidance
        with open(f"{folder}/tokenizer.json", encoding="utf-8") as file:
            self.tokenizer = llguidance.LLTokenizer(file.read(), eos_token=vocabulary["eos"])
        self.mask = allocate_token_bitmask(1, self.tokenizer.vocab_size)
        self.fill_mask = fill_next_token_bitmask

    def compile(self, schema):
        grammar = json.dumps({"grammars": [{"json_schema": schema}]})
        matcher = self.package.LLMatcher(self.tokenizer, grammar)
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    def start(self, grammar):
        return grammar.deep_copy()

    def fill(self, matcher):
        self.fill_mask(matcher, self.mask, 0)

    def step(self, matcher, token):
        self.fill_mask(matcher, self.mask, 0)
        if (int(self.mask[0, token // 32]) >> (token % 32)) & 1:
            matcher.consume_token(token)
            return True
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return False

    def may_end(self, matcher):
        return matcher.is_accepting()


class Xgrammar:
    def __init__(self, _folder, vocabulary):
        import xgrammar

        self.package = xgrammar
        tokens = [bytes.fromhex(token) for token in vocabulary["tokens"]]
        info = xgrammar.TokenizerInfo(
            tokens,
            vocab_type=xgrammar.VocabType.RAW,
            vocab_size=len(tokens),
            stop_token_ids=[vocabulary["eos"]],
        )
        self.mask = xgrammar.allocate_token_bitmask(1, info.vocab_size)
        self.compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)

    def compile(self, schema):
        return self.compiler.compile_json_schema(json.dumps(schema), any_whitespace=False, strict_mode=True)

    def start(self, grammar):
        return self.package.GrammarMatcher(grammar)

    def fill(self, matcher):
        matcher.fill_next_token_bitmask(self.mask)

    def step(self, matcher, token):
        matcher.fill_next_token_bitmask(self.mask)
        return matcher.accept_token(token)

    def may_end(self, matcher):
        return matcher.is_completed() or matcher.is_terminated()


ENGINES = {"llguidance": Llguidance, "xgrammar": Xgrammar}


def follow(engine, grammar, tokens, times):
    """Whether every token was allowed and the document may end after the last."""
    matcher = engine.start(grammar)
    for token in tokens:
        began = time.perf_counter()
        allowed = engine.step(matcher, token)
        times.append((time.perf_counter() - began) * 1e6)
        if not allowed:
            return False
    return engine.may_end(matcher)


def run_case(engine, case, mask_times, first_times, counts):
    try:
        began = time.perf_counter()
        grammar = engine.compile(case["schema"])
        engine.fill(engine.start(grammar))
        first_times.append((time.perf_counter() - began) * 1e6)
    except Late:
        raise
    except Exception:  # whatever the engine throws is its refusal
        counts["compile_errors"] += 1
        return
    refused = let_through = False
    for test in case["tests"]:
        try:
            accepted = follow(engine, grammar, test["tokens"], mask_times)
        except Late:
            raise
        except Exception:
            accepted = False
        refused |= test["valid"] and not accepted
        let_through |= accepted and not test["valid"]
    counts["validation_errors"] += refused
    counts["invalidation_errors"] += let_through
    counts["passing"] += not refused and not let_through


def main():
    name, folder, shard, raw = sys.argv[1:5]
    index, count = map(int, shard.split("/"))
    with open(f"{folder}/vocabulary.json", encoding="utf-8") as file:
        engine = ENGINES[name](folder, json.load(file))
    mask_times, first_times = array.array("f"), array.array("f")
    counts = dict.fromkeys(
        ["schemas", "passing", "compile_errors", "validation_errors", "invalidation_errors", "timeouts"], 0
    )
    signal.signal(signal.SIGALRM, give_up)
    with gzip.open(f"{folder}/cases.ndjson.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % count != index:
                continue
            counts["schemas"] += 1
            case = json.loads(line)
            signal.alarm(CASE_LIMIT_SECONDS)
            try:
                run_case(engine, case, mask_times, first_times, counts)
            except Late:
                counts["timeouts"] += 1
            finally:
                signal.alarm(0)
    for ending, times in (("mask", mask_times), ("first", first_times)):
        with open(f"{raw}.{ending}", "wb") as file:
            times.tofile(file)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
