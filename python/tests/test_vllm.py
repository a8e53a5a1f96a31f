"""The plug-in for vLLM against fakes of its classes."""

import asyncio
import json
import os
import random
import sys
import time
import unittest
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent / "fakes"))

import vllm.v1.core.sched.scheduler
from vllm.entrypoints.openai.models.serving import OpenAIServingModels
from vllm.exceptions import VLLMValidationError
from vllm.parser.abstract_parser import DelegatingParser
from vllm.reasoning import Spelled, Thinking, Unnamed
from vllm.sampling_params import SamplingParams, StructuredOutputsParams
from vllm.tool_parsers.abstract_tool_parser import ToolParser
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.structured_output import Own, StructuredOutputManager

from formwork_plugin import vllm as plugin
from formwork_plugin.options import read_options
from formwork_plugin.service import Service, ServiceDied
from formwork_plugin.vllm_front_end import FrontEnd

from . import tokenizer

plugin.register(read_options())

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "multipleOf": 7}, "kind": {"enum": ["a", "b"]}},
    "required": ["n", "kind"],
    "not": {"properties": {"kind": {"const": "b"}, "n": {"const": 0}}},
}
SHORTEST = 13
"""Length of its shortest document in tokens."""
MODEL = SimpleNamespace(get_vocab_size=lambda: tokenizer.SIZE, max_model_len=200, is_diffusion=False)
CONFIG = SimpleNamespace(
    model_config=MODEL,
    scheduler_config=SimpleNamespace(max_num_seqs=16),
    num_speculative_tokens=3,
    structured_outputs_config=SimpleNamespace(backend="auto", reasoning_parser="", enable_in_reasoning=False),
)


class Request:
    use_structured_output = True
    num_prompt_tokens = 3

    def __init__(self, name: str, params: SamplingParams) -> None:
        params._validate_structured_outputs(MODEL, CONFIG.structured_outputs_config, tokenizer.Tokenizer())
        self.request_id = name
        self.sampling_params = params
        self.max_tokens = params.max_tokens
        self.structured_output_request = SimpleNamespace(grammar=None, reasoning_ended=None)
        self.prompt_token_ids = [1, 2, 3]
        self.output: list[int] = []
        self.finished = False
        self.refused: list[int] | None = None

    @property
    def num_output_tokens(self) -> int:
        return len(self.output)

    @property
    def all_token_ids(self) -> list[int]:
        return self.prompt_token_ids + self.output

    def is_finished(self) -> bool:
        return self.finished


def request_of(name: str, schema: object, budget: int = 60) -> Request:
    ends = {tokenizer.END, tokenizer.OTHER_END}
    structured = StructuredOutputsParams(json=schema)
    return Request(name, SamplingParams(structured, max_tokens=budget, all_stop_token_ids=ends))


class Scheduler:
    """Runs requests to their end with random allowed tokens, optionally with drafts."""

    def __init__(self, manager: StructuredOutputManager, seed: int = 3) -> None:
        self.manager = manager
        self.source = random.Random(seed)
        self.may_refuse = False

    def start(self, requests: list[Request]) -> None:
        for request in requests:
            self.manager.grammar_init(request)
            grammar: Future = request.structured_output_request.grammar
            request.structured_output_request.grammar = grammar.result(timeout=60)

    def pick(self, mask: memoryview) -> int:
        tokens = tokenizer.allowed(mask)
        assert tokens, "an empty mask"
        return self.source.choice(tokens)

    def run(self, requests: list[Request], drafts: int = 0, before_step=lambda step: None) -> None:
        live = {request.request_id: request for request in requests}
        scheduled: dict[str, list[int]] = {}
        update = vllm.v1.core.sched.scheduler.Scheduler(self.manager)
        for step in range(400):
            before_step(step)
            table = self.manager.grammar_bitmask(live, list(live), scheduled)
            row, following, sampled = 0, {}, []
            for name in list(live):
                request, draft = live[name], scheduled.get(name, [])
                written = []
                for index in range(len(draft) + 1):
                    token = self.pick(table.row(row + index))
                    written.append(token)
                    if index < len(draft) and token != draft[index]:
                        break
                row += len(draft) + 1
                written = written[: request.max_tokens - len(request.output)]
                ends = [i for i, token in enumerate(written) if token in request.sampling_params.all_stop_token_ids]
                written = written[: ends[0] + 1] if ends else written
                sampled.append((request, written))
            update.update_from_output(None, sampled)
            for request, written in sampled:
                name = request.request_id
                assert request.refused is None or self.may_refuse, f"{written} were refused"
                if request.finished:
                    del live[name]
                elif drafts:
                    guess = [self.source.choice(b'{"nkid:7012ab,}') for _ in range(drafts)]
                    valid = self.manager.validate_tokens(request, guess)
                    following[name] = valid + [-1] * (drafts - len(valid)) if step % 3 == 0 else valid
            scheduled = following
            if not live:
                return
        raise AssertionError("the requests do not end")


class VllmCase(unittest.TestCase):
    def setUp(self) -> None:
        self.manager = StructuredOutputManager(CONFIG, tokenizer.Tokenizer())
        self.addCleanup(self.manager.clear_backend)
        self.scheduler = Scheduler(self.manager)

    def assert_valid(self, request: Request) -> None:
        document = json.loads(tokenizer.decode(request.output))
        self.assertEqual(0, document["n"] % 7)
        self.assertIn(document["kind"], ("a", "b"))
        self.assertNotEqual((0, "b"), (document["n"], document["kind"]))

    def test_documents_are_valid_at_several_budgets(self) -> None:
        requests = [request_of(f"r{budget}", SCHEMA, budget) for budget in (18, 19, 20, 25, 40, 60)]
        self.scheduler.start(requests)
        self.scheduler.run(requests)
        for request in requests:
            self.assert_valid(request)

    def test_drafts_are_checked_and_documents_stay_valid(self) -> None:
        requests = [request_of(f"d{i}", SCHEMA, 40) for i in range(8)]
        self.scheduler.start(requests)
        self.scheduler.run(requests, drafts=3)
        for request in requests:
            self.assert_valid(request)

    def reason(self, parser: type) -> None:
        self.manager.reasoner_cls = parser

    def assert_valid_after_reasoning(self, request: Request, end: list[int]) -> None:
        starts = [i for i in range(len(request.output)) if request.output[i : i + len(end)] == end]
        self.assertNotEqual([], starts, str(request.output))
        self.assertLessEqual(len(request.output), request.max_tokens)
        request.output = request.output[starts[0] + len(end) :]
        self.assert_valid(request)

    def test_reasoning_is_free_and_the_document_after_it_is_not(self) -> None:
        self.reason(Thinking)
        request = request_of("think", SCHEMA, 60)
        self.scheduler.start([request])
        for token in [*b"well", tokenizer.THINK_END]:
            table = self.manager.grammar_bitmask({"think": request}, ["think"], {})
            free = tokenizer.allowed(table.row(0))
            self.assertEqual({tokenizer.END, tokenizer.OTHER_END}, set(range(tokenizer.SIZE)).difference(free))
            request.output.append(token)
            self.assertTrue(self.manager.accept_tokens(request, [token]))
        self.scheduler.run([request])
        self.assert_valid_after_reasoning(request, [tokenizer.THINK_END])

    def test_reasoning_leaves_room_for_the_document(self) -> None:
        for parser in (Thinking, Spelled):
            self.reason(parser)
            end = parser(tokenizer.Tokenizer()).end
            for drafts in (0, 3):
                # Of random tokens hardly any ends the reasoning: it goes on to its limit.
                least = SHORTEST + len(end)
                requests = [request_of(f"{parser}{drafts}{i}", SCHEMA, least + i) for i in range(12)]
                self.scheduler.start(requests)
                self.scheduler.run(requests, drafts=drafts)
                for request in requests:
                    self.assert_valid_after_reasoning(request, end)

    def test_an_answer_that_ends_inside_its_reasoning_is_an_error(self) -> None:
        self.reason(Unnamed)
        self.scheduler.may_refuse = True
        request = request_of("think", SCHEMA, 20)
        self.scheduler.start([request])
        with mock.patch.object(self.scheduler, "pick", lambda mask: ord("x")):
            self.scheduler.run([request])
        self.assertEqual([ord("x")], request.refused)
        self.assertEqual(20, len(request.output))

    def test_a_prompt_that_ends_the_reasoning_begins_the_document(self) -> None:
        self.reason(Thinking)
        request = request_of("think", SCHEMA, SHORTEST)
        request.prompt_token_ids = [1, 2, tokenizer.THINK_END]
        self.scheduler.start([request])
        self.scheduler.run([request])
        self.assert_valid(request)

    def test_reasoning_that_ends_inside_the_drafts(self) -> None:
        self.reason(Thinking)
        request = request_of("think", SCHEMA, 60)
        self.scheduler.start([request])
        drafts = [ord("x"), tokenizer.THINK_END, ord("{")]
        table = self.manager.grammar_bitmask({"think": request}, ["think"], {"think": drafts})
        self.assertEqual(tokenizer.SIZE - 2, len(tokenizer.allowed(table.row(1))))
        self.assertEqual([ord("{"), 256], tokenizer.allowed(table.row(2)))
        self.assertEqual([ord('"')], tokenizer.allowed(table.row(3)))
        request.output += drafts
        self.assertTrue(self.manager.accept_tokens(request, drafts))

    def test_other_kinds_stay_with_vllm_in_the_same_batch(self) -> None:
        ours = request_of("ours", SCHEMA)
        theirs = Request("theirs", SamplingParams(StructuredOutputsParams(grammar="root ::= 'x'")))
        self.scheduler.start([ours, theirs])
        self.assertIsInstance(theirs.structured_output_request.grammar, Own)
        table = self.manager.grammar_bitmask({"ours": ours, "theirs": theirs}, ["ours", "theirs"], {})
        self.assertEqual([ord("{"), 256], tokenizer.allowed(table.row(0)))
        self.assertEqual(b"\x0f", bytes(table.row(1)[:1]))

    def test_patterns_and_choices(self) -> None:
        pattern = request_of("pattern", None)
        pattern.sampling_params.structured_outputs.regex = "[ab]{3}-[0-9]{2}"
        choice = request_of("choice", None)
        choice.sampling_params.structured_outputs.choice = ["yes, please", "no"]
        for request in (pattern, choice):
            request.__init__(request.request_id, request.sampling_params)
        self.scheduler.start([pattern, choice])
        self.scheduler.run([pattern, choice])
        self.assertRegex(tokenizer.decode(pattern.output), r"^[ab]{3}-[0-9]{2}$")
        self.assertIn(tokenizer.decode(choice.output), ("yes, please", "no"))

    def test_an_explicit_backend_is_left_alone(self) -> None:
        params = SamplingParams(StructuredOutputsParams(json=SCHEMA))
        params._validate_structured_outputs(MODEL, SimpleNamespace(backend="xgrammar"), tokenizer.Tokenizer())
        self.assertEqual("xgrammar", params.structured_outputs._backend)

    def test_a_killed_child_loses_nothing(self) -> None:
        requests = [request_of(f"k{i}", SCHEMA, 40) for i in range(6)]
        self.scheduler.start(requests)

        def kill(step: int) -> None:
            if step == 5:
                for child in self.manager._formwork_pool.children:
                    os.kill(child.pid, 9)

        self.scheduler.run(requests, before_step=kill)
        for request in requests:
            self.assert_valid(request)
        self.assertLessEqual(1, self.manager._formwork_pool.statistics()["restarts"])

    def test_a_request_that_cannot_go_on_fails_alone(self) -> None:
        bad, good = request_of("bad", SCHEMA), request_of("good", SCHEMA)
        self.scheduler.start([bad, good])
        bad.structured_output_request.grammar.sequence.failure = "for a test"
        table = self.manager.grammar_bitmask({"bad": bad, "good": good}, ["bad", "good"], {})
        self.assertEqual(tokenizer.SIZE, len(tokenizer.allowed(table.row(0))))
        self.assertFalse(self.manager.accept_tokens(bad, [ord("{")]))
        self.scheduler.run([good])
        self.assert_valid(good)


class FrontEndCase(unittest.TestCase):
    def add(self, params: SamplingParams, prompt: object = "prompt") -> object:
        inputs = SimpleNamespace(model_config=MODEL, tokenizer=tokenizer.Tokenizer())
        return asyncio.run(AsyncLLM(CONFIG, inputs).add_request("x", prompt, params))

    def refusal(self, params: SamplingParams, prompt: object = "prompt") -> str:
        with self.assertRaises(VLLMValidationError) as raised:
            self.add(params, prompt)
        return str(raised.exception)

    def test_refusals_carry_pointer_and_keyword(self) -> None:
        schema = {"properties": {"x": {"$ref": "#/nowhere"}}}
        for spelled in (schema, json.dumps(schema)):
            message = self.refusal(SamplingParams(StructuredOutputsParams(json=spelled)))
            self.assertIn("/properties/x", message)
            self.assertIn("$ref", message)
        self.assertIn(
            "shortest document", self.refusal(SamplingParams(StructuredOutputsParams(json=SCHEMA), max_tokens=4))
        )

    def test_a_refusal_for_other_reasons_is_not_remembered_with_the_schema(self) -> None:
        schema = {"const": "ends"}
        self.assertIn("ignore_eos", self.refusal(SamplingParams(StructuredOutputsParams(json=schema), ignore_eos=True)))
        self.assertEqual("x", self.add(SamplingParams(StructuredOutputsParams(json=schema))))

    def test_the_prompt_counts_for_the_budget(self) -> None:
        params = SamplingParams(StructuredOutputsParams(json=SCHEMA), max_tokens=60)
        self.assertEqual("x", self.add(params, {"prompt_token_ids": [1] * 150}))
        message = self.refusal(params, {"prompt_token_ids": [1] * 195})
        self.assertIn("may have 5 tokens", message)

    def test_the_end_of_the_reasoning_counts_for_the_budget(self) -> None:
        reasons = SimpleNamespace(backend="auto", reasoning_parser="spelled", enable_in_reasoning=False)
        params = SamplingParams(StructuredOutputsParams(json=SCHEMA), max_tokens=SHORTEST + 3)
        with mock.patch.object(CONFIG, "structured_outputs_config", reasons):
            message = self.refusal(params)
            ended = self.add(params, {"prompt_token_ids": [1, *b"END."]})
        self.assertIn(f"needs {SHORTEST + 4}, including the end of the reasoning", message)
        self.assertEqual("x", ended)

    def test_calls_that_are_demanded_are_json_where_the_parser_reads_it(self) -> None:
        class Notation(ToolParser):
            structural_tag_model = "hermes"

        class OnlyNotation(ToolParser):
            supports_required_and_named = False

        def applied(parser: type[ToolParser], choice: object) -> object:
            return DelegatingParser(parser())._apply_structural_tag(SimpleNamespace(tool_choice=choice))

        self.assertTrue(Notation.supports_required_and_named)
        self.assertFalse(OnlyNotation.supports_required_and_named)
        for choice in ("required", {"name": "add"}):
            self.assertIsInstance(applied(Notation, choice), SimpleNamespace)
            self.assertIsInstance(applied(OnlyNotation, choice), str)
        self.assertIsInstance(applied(Notation, "auto"), str)

    def test_a_schema_that_takes_long_holds_up_no_other(self) -> None:
        front = FrontEnd(replace(read_options(), compile_seconds=6))
        self.addCleanup(lambda: front._pool.close())

        def least(schema: object) -> Future:
            params = SamplingParams(StructuredOutputsParams(json=schema))
            return front.least(params, MODEL, tokenizer.Tokenizer())

        least(SCHEMA).result()
        while len(front._pool.children) < 2:
            time.sleep(0.01)
        many = {"enum": [f"v{i}" for i in range(1200)]}
        slow = least({"type": "array", "items": many, "uniqueItems": True, "minItems": 1200})
        self.assertEqual(4, least({"const": "ab"}).result())
        self.assertFalse(slow.done())

    def test_what_a_killed_child_did_not_say_is_asked_again(self) -> None:
        front = FrontEnd(replace(read_options(), children=1))
        params = SamplingParams(StructuredOutputsParams(json=SCHEMA))
        with (
            mock.patch.object(Service, "json", side_effect=ServiceDied("gone")),
            self.assertRaises(ServiceDied),
        ):
            front.least(params, MODEL, tokenizer.Tokenizer()).result()
        self.assertLess(0, front.least(params, MODEL, tokenizer.Tokenizer()).result())
        front._pool.close()

    def test_a_child_that_a_schema_kills_is_asked_once_for_each_request(self) -> None:
        front = FrontEnd(replace(read_options(), children=1))
        front.least(SamplingParams(StructuredOutputsParams(json_object=True)), MODEL, tokenizer.Tokenizer()).result()
        params = SamplingParams(StructuredOutputsParams(json=SCHEMA))
        with (
            mock.patch.object(Service, "json", side_effect=ServiceDied("gone")),
            mock.patch.object(front, "least", wraps=front.least) as least,
            self.assertRaises(VLLMValidationError),
        ):
            asyncio.run(front.check_aside(params, MODEL, tokenizer.Tokenizer(), 200))
        least.assert_called_once()
        front._pool.close()

    def test_the_list_of_models_says_that_the_plug_in_is_there(self) -> None:
        AsyncLLM(CONFIG, None)
        models = asyncio.run(OpenAIServingModels().show_available_models())
        self.assertEqual(["formwork"], [card.structured_outputs for card in models.data])

    def test_accepted_requests_go_on(self) -> None:
        params = SamplingParams(StructuredOutputsParams(json_object=True))
        self.assertEqual("x", self.add(params))
        self.assertEqual("formwork", params.structured_outputs._backend)

    def test_numbers_of_any_size_reach_the_engine(self) -> None:
        params = SamplingParams(StructuredOutputsParams(json={"enum": [2**64, 0.5]}))
        self.add(params)
        self.assertEqual('{"enum": [18446744073709551616, 0.5]}', params.structured_outputs.json)


if __name__ == "__main__":
    unittest.main()
