"""The plug-in for SGLang against fakes of its classes."""

import contextlib
import json
import os
import random
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent / "fakes"))

from sglang.srt.arg_groups.choices import GRAMMAR_BACKEND_CHOICES
from sglang.srt.constrained.base_grammar_backend import REGISTRY
from sglang.srt.constrained.grammar_manager import GrammarManager
from sglang.srt.function_call.function_call_parser import DETECTORS, FunctionCallParser
from sglang.srt.managers.scheduler import Scheduler
from sglang.srt.runtime_context import execution, serving
from sglang.srt.sampling.sampling_batch_info import SamplingBatchInfo
from sglang.srt.speculative import spec_utils

from formwork_plugin import sglang as plugin
from formwork_plugin.options import read_options

from . import tokenizer

plugin.register(read_options())

SCHEMA = json.dumps({"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3})


def tool(strict: bool) -> SimpleNamespace:
    return SimpleNamespace(function=SimpleNamespace(strict=strict))


class Rows(list):
    """A tensor on the CPU."""

    def tolist(self) -> list[list[int]]:
        return list(self)


def links(parents: list[int]) -> tuple[list[int], list[int]]:
    """First child and next sibling of each node of a tree, or -1."""
    children = [min((node for node, up in enumerate(parents) if up == at), default=-1) for at in range(len(parents))]
    siblings = [
        min((node for node, other in enumerate(parents) if node > at and other == up), default=-1)
        for at, up in enumerate(parents)
    ]
    return children, siblings


class Request:
    def __init__(self, schema: str, budget: int = 40, **params: object) -> None:
        self.sampling_params = SimpleNamespace(
            **{
                "json_schema": schema,
                "max_new_tokens": budget,
                "ignore_eos": False,
                "min_new_tokens": 0,
                "n": 1,
                "stop_token_ids": None,
                **params,
            }
        )
        self.require_reasoning = False
        self.grammar = None
        self.output_ids: list[int] = []
        self.done: str | None = None

    @property
    def to_finish(self) -> SimpleNamespace | None:
        return None if self.done is None or self.done == "length" else SimpleNamespace(message=self.done)

    def finished(self) -> bool:
        return self.done is not None

    def set_finish_with_abort(self, message: str) -> None:
        self.done = message
        self.grammar = None


class SglangCase(unittest.TestCase):
    def setUp(self) -> None:
        self.backend = REGISTRY["formwork"](None, tokenizer.Tokenizer(), tokenizer.SIZE, {tokenizer.END})
        self.addCleanup(self.backend.pool.close)
        self.manager = GrammarManager(self.backend)
        self.source = random.Random(11)

    def start(self, requests: list[Request]) -> None:
        for request in requests:
            self.manager.process_req_with_grammar(request)
            self.manager.get_ready_grammar_requests()

    def run_to_end(self, requests: list[Request], kill_at: int = -1) -> None:
        for step in range(200):
            live = [request for request in requests if not request.finished()]
            if not live:
                return
            if step == kill_at:
                for child in self.backend.pool.children:
                    os.kill(child.pid, 9)
            info = SamplingBatchInfo([request.grammar for request in live], tokenizer.SIZE)
            info.update_regex_vocab_mask()
            tokens = [self.source.choice(tokenizer.allowed(info.mask.row(row))) for row in range(len(live))]
            Scheduler().process_batch_result(SimpleNamespace(reqs=live), tokens)
            for request in live:
                own = plugin._active(request.grammar)
                if own is not None and len(own.sequence.log) > 0:
                    self.assertEqual(not request.finished(), own.sequence.prepared)
        raise AssertionError("the requests do not end")

    def assert_valid(self, request: Request) -> None:
        letters = json.loads(tokenizer.decode(request.output_ids))
        self.assertEqual(["a", "b", "c"], sorted(letters))

    def test_the_backend_can_be_named_on_the_command_line(self) -> None:
        self.assertIn("formwork", GRAMMAR_BACKEND_CHOICES)

    def test_documents_are_valid_and_cached_schemas_too(self) -> None:
        requests = [Request(SCHEMA, budget) for budget in (14, 15, 20, 40)]
        self.start(requests)
        self.run_to_end(requests)
        for request in requests:
            self.assert_valid(request)
        self.assertEqual(1, self.backend.pool.statistics()["compiles"])

    def test_cached_schemas_take_no_place_in_the_children(self) -> None:
        requests = [Request(json.dumps({"enum": [str(number)]}), 40) for number in range(6)]
        self.start([*requests, *(Request(request.sampling_params.json_schema, 40) for request in requests)])
        self.assertEqual(6, len(self.backend.cache))
        first = [request.grammar for request in requests]
        # Of the twelve requests, six are left.
        last = self.backend.pool.compile(first[0].spec)
        self.backend.pool.step([(last, [])])
        self.assertEqual(7, self.backend.pool.statistics()["sequences"])

    def test_a_request_whose_child_dies_is_rejected_and_the_next_one_is_not(self) -> None:
        options = replace(read_options(), children=1)
        self.backend = plugin.Backend(options, tokenizer.Tokenizer(), tokenizer.SIZE, {tokenizer.END})
        self.addCleanup(self.backend.pool.close)
        self.manager = GrammarManager(self.backend)
        known, new = json.dumps({"enum": ["known"]}), json.dumps({"enum": ["new"]})
        self.start([Request(known)])
        child = self.backend.pool.children[0]

        def compile_(which: int, spec: object) -> object:
            os.kill(child.pid, 9)
            return plain(which, spec)

        plain, child._compile = child._compile, compile_  # type: ignore[method-assign]
        requests = [Request(known), Request(new)]
        self.start(requests)
        for request in requests:
            self.assertIn("While compiling the schema", str(request.done))
        child._compile = plain  # type: ignore[method-assign]
        requests = [Request(known), Request(new)]
        self.start(requests)
        self.run_to_end(requests)
        self.assertEqual(['"known"', '"new"'], [tokenizer.decode(request.output_ids) for request in requests])

    def test_reasoning_leaves_room_for_the_document(self) -> None:
        for parser, end in (("thinking", [tokenizer.THINK_END]), ("spelled", list(b"END."))):
            with mock.patch.object(serving, "reasoning_parser", parser):
                backend = REGISTRY["formwork"](None, tokenizer.Tokenizer(), tokenizer.SIZE, {tokenizer.END})
            self.addCleanup(backend.pool.close)
            self.manager = GrammarManager(backend)
            least = 9 + len(end)
            requests = [Request(SCHEMA, budget) for budget in (least - 1, *range(least, least + 12))]
            for request in requests:
                request.require_reasoning = True
            self.start(requests)
            too_small = requests.pop(0)
            self.assertIn(f"needs {least}, including the end of the reasoning", str(too_small.done))
            self.run_to_end(requests)
            for request in requests:
                starts = [i for i in range(40) if request.output_ids[i : i + len(end)] == end]
                request.output_ids = request.output_ids[starts[0] + len(end) :]
                self.assert_valid(request)

    def test_a_killed_child_loses_nothing(self) -> None:
        requests = [Request(SCHEMA) for _ in range(4)]
        self.start(requests)
        self.run_to_end(requests, kill_at=4)
        for request in requests:
            self.assert_valid(request)

    def test_refusals_reach_the_caller(self) -> None:
        for schema, expected, budget in (
            ('{"properties": {"x": {"type": "odd"}}}', "/properties/x", 40),
            (SCHEMA, "shortest document", 5),
        ):
            request = Request(schema, budget)
            self.start([request])
            self.assertIn(expected, str(request.done))

    def test_the_caches_are_bounded(self) -> None:
        with mock.patch.object(serving, "reasoning_parser", "thinking"):
            reasoning = REGISTRY["formwork"](None, tokenizer.Tokenizer(), tokenizer.SIZE, {tokenizer.END})
        self.addCleanup(reasoning.pool.close)
        for backend in (self.backend, reasoning):
            for number in range(300):
                backend.cache[("json", str(number))] = object()
            self.assertEqual(256, len(backend.cache))
            self.assertIn(("json", "299"), backend.cache)

    def test_what_is_not_taken_says_so(self) -> None:
        self.assertIn("EBNF", self.backend.dispatch_ebnf('root ::= "x"').error_message)
        self.assertIn("structural tags", self.backend.dispatch_structural_tag("{}").error_message)

    def test_calls_that_are_demanded_are_json_in_the_form_that_the_parser_reads(self) -> None:
        for choice in ("required", SimpleNamespace(function=SimpleNamespace(name="add"))):
            for strict in (False, True):
                tools = [tool(strict)]
                for name in ("qwen25", "glm47", "kimi_k3"):
                    parser = FunctionCallParser(tools, name)
                    kind, schema = parser.get_structure_constraint(choice, thinking_mode=True)
                    self.assertEqual(("json_schema", tools), (kind, schema["items"]["anyOf"]), name)
                    # The answer is parsed as JSON.
                    detector = parser.detector
                    self.assertFalse(detector.supports_structural_tag() or detector.parses_required_natively(), name)
                other = FunctionCallParser(tools, "iquest_q1")
                self.assertEqual(("json_schema", "another form"), other.get_structure_constraint(choice))
                # Only their own notation can be parsed.
                self.assertIsNone(FunctionCallParser(tools, "native").get_structure_constraint(choice))

    def test_calls_that_may_be_made_are_constrained_only_if_a_tool_is_strict(self) -> None:
        for name in DETECTORS:
            loose, strict = FunctionCallParser([tool(False)], name), FunctionCallParser([tool(True)], name)
            self.assertIsNone(loose.get_structure_constraint("auto"), name)
            with mock.patch.object(strict, "tools", [tool(False), tool(True)]):
                expected = None if name in ("native", "iquest_q1") else ("structural_tag", "in its notation")
                self.assertEqual(expected, strict.get_structure_constraint("auto"), name)
            with mock.patch.object(loose, "tool_strict_level", 1):
                self.assertEqual(expected, loose.get_structure_constraint("auto"), name)

    def test_other_backends_ask_for_calls_as_before(self) -> None:
        with mock.patch.object(execution.kernel, "grammar_backend", "xgrammar"):
            parsers = {name: FunctionCallParser([tool(False)], name) for name in DETECTORS}
        self.assertEqual("structural_tag", parsers["qwen25"].get_structure_constraint("required")[0])
        self.assertTrue(parsers["qwen25"].detector.supports_structural_tag())
        self.assertEqual("structural_tag", parsers["kimi_k3"].get_structure_constraint("auto")[0])
        self.assertEqual("full_assistant_ebnf", parsers["glm47"].get_structure_constraint("auto")[0])
        self.assertIsNone(parsers["native"].get_structure_constraint("auto"))

    def test_the_prompt_of_several_answers_is_read_without_a_constraint(self) -> None:
        prompt, answer, empty = Request(SCHEMA, 0, n=2), Request(SCHEMA, 20, n=2), Request(SCHEMA, 0)
        self.start([prompt, answer, empty])
        self.assertFalse(prompt.finished())
        self.assertIsNone(prompt.grammar)
        self.assertIn("shortest document", str(empty.done))
        self.run_to_end([answer])
        self.assert_valid(answer)

    def fresh_mask(self, tokens: list[int], budget: int) -> list[int]:
        """The tokens that may follow `tokens` in a new request."""
        request = Request(SCHEMA, budget)
        self.start([request])
        for token in tokens:
            request.grammar.accept_token(token)
        if request.grammar.is_terminated():
            return []
        info = SamplingBatchInfo([request.grammar], tokenizer.SIZE)
        info.update_regex_vocab_mask()
        return tokenizer.allowed(info.mask.row(0))

    def test_each_draft_of_a_tree_gets_its_own_mask(self) -> None:
        for budget in (14, 20, 40):
            request = Request(SCHEMA, budget)
            self.start([request])
            written: list[int] = []
            while not request.grammar.is_terminated():
                # A random tree. Most drafts are allowed; what follows one that is not allowed is never asked for.
                tokens, parents, masks = [0], [-1], [self.fresh_mask(written, budget)]
                paths: list[list[int]] = [[]]
                for node in range(1, 8):
                    parent = self.source.choice([node - 1, node - 1, self.source.randrange(node)])
                    usual = masks[parent] and self.source.random() < 0.8
                    token = self.source.choice(masks[parent]) if usual else self.source.randrange(tokenizer.SIZE)
                    tokens.append(token)
                    parents.append(parent)
                    paths.append([*paths[parent], token])
                    is_allowed = token in masks[parent]
                    masks.append(self.fresh_mask([*written, *paths[node]], budget) if is_allowed else [])
                tree = [Rows([part]) for part in (*links(parents), tokens)]
                mask, _ = spec_utils.generate_token_bitmask([request], *tree, tokenizer.SIZE)
                for node, expected in enumerate(masks):
                    if expected:
                        self.assertEqual(expected, tokenizer.allowed(mask.row(node)), (budget, written, paths[node]))
                self.assertEqual(written, request.grammar.sequence.log)
                # As many tokens of a branch as the model confirms, then one of its own.
                path = self.source.choice([path for path, mask in zip(paths, masks, strict=True) if mask])
                path = [*path, self.source.choice(masks[paths.index(path)])]
                for token in path:
                    request.grammar.accept_token(token)
                written += path
            request.output_ids = written
            self.assert_valid(request)

    def test_a_branch_is_fetched_at_once_with_those_of_other_requests(self) -> None:
        requests = [Request(SCHEMA, budget) for budget in (14, 20, 40)]
        self.start(requests)
        tree = [Rows([part] * 3) for part in (*links([-1, 0, 1, 2, 3]), [0, *b'["a"'])]
        children = {request.grammar.sequence.child for request in requests}
        with contextlib.ExitStack() as stack:
            spies = [stack.enter_context(mock.patch.object(child, "begin", wraps=child.begin)) for child in children]
            spec_utils.generate_token_bitmask(requests, *tree, tokenizer.SIZE)
            for request in requests:
                for token in b'["a':
                    request.grammar.accept_token(token)
        self.assertEqual([1] * len(children), [spy.call_count for spy in spies])

    def test_a_request_that_fails_among_drafts_fails_alone(self) -> None:
        failed, other = Request(SCHEMA), Request(SCHEMA)
        self.start([failed, other])
        failed.grammar.sequence.fail("the test says so")
        tree = [Rows([part] * 2) for part in (*links([-1, 0, 1, 2]), [0, *b'["a'])]
        mask, _ = spec_utils.generate_token_bitmask([failed, other], *tree, tokenizer.SIZE)
        self.assertEqual([ord("[")], tokenizer.allowed(mask.row(4)))
        with self.assertRaisesRegex(ValueError, "the test says so"):
            failed.grammar.accept_token(ord("["))
        other.grammar.accept_token(ord("["))

    def test_a_token_outside_of_the_mask_is_an_error(self) -> None:
        request = Request(SCHEMA)
        self.start([request])
        with self.assertRaisesRegex(ValueError, "not allowed"):
            request.grammar.accept_token(ord("{"))
        request.grammar.accept_token(ord("["))
        request.grammar.rollback(1)
        request.grammar.accept_token(ord("["))


if __name__ == "__main__":
    unittest.main()
