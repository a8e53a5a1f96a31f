"""The pool with real children: masks, budgets, rejections, crashes."""

import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from formwork_plugin.child import Child
from formwork_plugin.log import logger
from formwork_plugin.options import read_options
from formwork_plugin.pool import Pool, Sequence, Spec
from formwork_plugin.service import COMPILE, ServiceDied, ServiceError, Start

from . import tokenizer

PERSON = json.dumps(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "kind": {"enum": ["a", "b"]}},
        "required": ["name", "age", "kind"],
        "additionalProperties": False,
    }
)
ENDS = (tokenizer.END, tokenizer.OTHER_END)


def start_of(rows: int = 16) -> Start:
    options = read_options()
    return Start(options.command, tokenizer.TEXT, tokenizer.SIZE, tokenizer.END, rows, options.settings)


def choose(sequence: Sequence, source: random.Random) -> int:
    """A random token that the mask allows. Letters are drawn less often, so that strings end."""
    tokens = tokenizer.allowed(sequence.mask())
    closing = [token for token in tokens if token in (ord('"'), *ENDS)]
    return source.choice(closing) if closing and source.random() < 0.3 else source.choice(tokens)


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


class PoolCase(unittest.TestCase):
    def setUp(self) -> None:
        self.options = replace(read_options(), log_seconds=0, children=2)
        self.pool = Pool(start_of(), self.options)
        self.addCleanup(self.pool.close)
        self.source = random.Random(7)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain")
            time.sleep(0.01)

    def run_to_end(self, sequences: list[Sequence], budget: int, pool: Pool | None = None) -> None:
        for _ in range(budget + 1):
            live = [each for each in sequences if not each.terminated and each.failure is None]
            live = [each for each in live if len(each.log) < budget]
            if not live:
                return
            for each in live:
                each.remaining, each.mark = budget - len(each.log), len(each.log)
            (pool or self.pool).step([(each, []) for each in live])
            for each in live:
                self.assertTrue(each.accept(choose(each, self.source)))
        self.fail("the documents do not end")

    def assert_person(self, sequence: Sequence) -> None:
        self.assertIsNone(sequence.failure)
        document = json.loads(tokenizer.decode(sequence.log))
        self.assertEqual(["name", "age", "kind"], list(document))
        self.assertIn(document["kind"], ("a", "b"))

    def test_documents_are_whole_at_every_budget(self) -> None:
        least = self.pool.compile(Spec("json", PERSON, ENDS))
        self.assertEqual([ord("{"), 256], tokenizer.allowed(least.mask()))
        with self.assertRaisesRegex(ServiceError, "shortest document") as refusal:
            self.pool.compile(Spec("json", PERSON, ENDS, 5))
        shortest = int(str(refusal.exception).split("needs ")[1].split(".")[0])
        for budget in (shortest, shortest + 1, shortest + 5, shortest + 40):
            sequences = [self.pool.compile(Spec("json", PERSON, ENDS, budget)) for _ in range(6)]
            self.run_to_end(sequences, budget)
            for each in sequences:
                self.assert_person(each)

    def test_refusals_name_pointer_and_keyword(self) -> None:
        with self.assertRaisesRegex(ServiceError, r"at /properties/x.*\[type\]"):
            self.pool.compile(Spec("json", '{"properties": {"x": {"type": "strange"}}}', ENDS))
        with self.assertRaises(ServiceError):
            self.pool.compile(Spec("json", "{", ENDS))

    def test_a_token_outside_of_the_mask_is_refused(self) -> None:
        sequence = self.pool.compile(Spec("json", PERSON, ENDS))
        self.pool.step([(sequence, [])])
        self.assertFalse(sequence.accept(ord("[")))
        self.assertFalse(sequence.accept(tokenizer.END))
        self.assertTrue(sequence.accept(ord("{")))

    def test_drafts_get_a_mask_each_and_are_taken_back(self) -> None:
        sequence = self.pool.compile(Spec("json", PERSON, ENDS))
        drafts = [*b'{"name":"x', ord("!")]
        self.assertEqual(len(drafts), sequence.validate(drafts))
        self.assertEqual(10, sequence.validate([*b'{"name":"x', tokenizer.END, ord("x")]))
        self.pool.step([(sequence, [ord("{"), ord('"'), ord("z")])])
        self.assertEqual([ord("{"), 256], tokenizer.allowed(sequence.mask()))
        self.assertTrue(sequence.accept(ord("{")))
        self.assertEqual([ord('"')], tokenizer.allowed(sequence.mask()))
        self.assertTrue(sequence.accept(ord('"')))
        self.assertEqual([ord("n")], tokenizer.allowed(sequence.mask()))
        self.assertFalse(sequence.accept(ord("z")))
        sequence.rollback(2)
        self.run_to_end([sequence], 60)
        self.assert_person(sequence)

    def test_a_draft_that_leaves_no_room_is_not_allowed_and_harms_nobody(self) -> None:
        with self.assertRaisesRegex(ServiceError, "shortest document") as refusal:
            self.pool.compile(Spec("json", PERSON, ENDS, 5))
        shortest = int(str(refusal.exception).split("needs ")[1].split(".")[0])
        sequence = self.pool.compile(Spec("json", PERSON, ENDS, shortest))
        sequence.remaining = shortest
        drafts = [*b'{"name":"xyz']
        allowed = sequence.validate(drafts)
        self.assertLess(allowed, len(drafts))
        self.pool.step([(sequence, drafts)])
        self.assertEqual(allowed + 1, sequence.filled)
        self.run_to_end([sequence], shortest)
        self.assert_person(sequence)

    def fresh_mask(self, tokens: list[int]) -> list[int]:
        """The tokens that may follow `tokens` in a new sequence."""
        sequence = self.pool.compile(Spec("json", PERSON, ENDS))
        for token in tokens:
            self.assertTrue(sequence.accept(token))
        return tokenizer.allowed(sequence.mask())

    def test_masks_may_be_asked_for_before_they_are_wanted(self) -> None:
        sequences = [self.pool.compile(Spec("json", PERSON, ENDS)) for _ in range(4)]
        for count in range(12):
            self.pool.prepare([(each, ()) for each in sequences])
            if count % 3 == 1:
                self.pool.compile(Spec("json", PERSON, ENDS))
            if count % 3 == 2:
                self.pool.statistics()
            late = self.pool.compile(Spec("json", PERSON, ENDS))
            self.pool.step([(each, ()) for each in [late, *sequences]])
            for each in sequences:
                self.assertEqual(self.fresh_mask(each.log), tokenizer.allowed(each.mask()))
                self.assertTrue(each.accept(choose(each, self.source)))

    def test_a_child_that_dies_over_what_was_asked_for_is_started_again(self) -> None:
        sequences = [self.pool.compile(Spec("json", PERSON, ENDS)) for _ in range(4)]
        for _ in range(6):
            self.pool.step([(each, ()) for each in sequences])
            for each in sequences:
                self.assertTrue(each.accept(choose(each, self.source)))
        kill_all([child.pid for child in self.pool.children])
        self.pool.prepare([(each, ()) for each in sequences])
        for each in sequences:
            self.assertEqual(self.fresh_mask(each.log), tokenizer.allowed(each.mask()))

    def test_any_order_of_accepting_drafting_and_taking_back_leads_to_the_same_masks(self) -> None:
        sequence = self.pool.compile(Spec("json", PERSON, ENDS))
        for _ in range(150):
            move = self.source.random()
            if move < 0.3 and sequence.log:
                sequence.rollback(self.source.randrange(len(sequence.log)) + 1)
            elif move < 0.5:
                drafts = [choose(sequence, self.source), self.source.randrange(tokenizer.SIZE)]
                self.pool.step([(sequence, drafts)])
            elif move < 0.6:
                self.pool.prepare([(sequence, ())])
            elif move < 0.7:
                sequence.validate([choose(sequence, self.source)])
            token = choose(sequence, self.source)
            if token not in ENDS:
                self.assertTrue(sequence.accept(token))
            self.assertEqual(self.fresh_mask(sequence.log), tokenizer.allowed(sequence.mask()))

    def test_a_killed_child_is_started_again_and_nothing_is_lost(self) -> None:
        budget = 80
        for _ in range(int(os.environ.get("FORMWORK_TEST_KILLS", "3"))):
            sequences = [self.pool.compile(Spec("json", PERSON, ENDS, budget)) for _ in range(6)]
            pids = [child.pid for child in self.pool.children]
            timer = threading.Timer(self.source.random() * 0.05, kill_all, [pids])
            timer.start()
            self.run_to_end(sequences, budget)
            timer.join()
            for each in sequences:
                self.assert_person(each)

    def kill_before_compiling(self, child: Child, times: int, handle: int | None = None) -> None:
        """Kills the child just before it compiles a sequence, or the one with `handle`."""
        plain = child._compile
        left = times

        def compile_(which: int, spec: Spec) -> dict[str, Any]:
            nonlocal left
            if left > 0 and handle in (None, which):
                left -= 1
                os.kill(child.pid, signal.SIGKILL)
            return plain(which, spec)

        child._compile = compile_  # type: ignore[method-assign]

    def lone_child(self) -> tuple[Pool, Child]:
        pool = Pool(start_of(), replace(self.options, children=1))
        self.addCleanup(pool.close)
        return pool, pool.children[0]

    def test_a_schema_is_compiled_though_its_child_is_killed_twice(self) -> None:
        pool, child = self.lone_child()
        self.kill_before_compiling(child, 2)
        sequence = pool.compile(Spec("json", PERSON, ENDS, 80))
        self.run_to_end([sequence], 80)
        self.assert_person(sequence)

    def test_a_schema_that_ends_its_child_each_time_is_rejected_and_said_in_the_log(self) -> None:
        pool, child = self.lone_child()
        self.kill_before_compiling(child, 1000)
        with self.assertLogs(logger, "ERROR") as logs, self.assertRaisesRegex(ServiceError, "While compiling"):
            pool.compile(Spec("json", PERSON, ENDS, 80))
        self.assertIn("rejected", logs.output[-1])

    def test_a_schema_that_takes_too_long_is_rejected_with_the_limit(self) -> None:
        pool, child = self.lone_child()

        def compile_(which: int, spec: Spec) -> Any:
            os.kill(child.pid, signal.SIGSTOP)
            return child._service.json(COMPILE, {}, 0.25)

        child._compile = compile_  # type: ignore[method-assign]
        limit = r"more than 0\.25 s and was terminated\. FORMWORK_PLUGIN_COMPILE_SECONDS is the limit"
        with self.assertLogs(logger, "ERROR"), self.assertRaisesRegex(ServiceError, limit):
            pool.compile(Spec("json", PERSON, ENDS, 80))

    def test_a_child_killed_twice_while_it_recovers_loses_nothing(self) -> None:
        pool, child = self.lone_child()
        sequences = [pool.compile(Spec("json", PERSON, ENDS, 80)) for _ in range(3)]
        self.kill_before_compiling(child, 2)
        os.kill(child.pid, signal.SIGKILL)
        self.run_to_end(sequences, 80)
        for each in sequences:
            self.assert_person(each)

    def program(self, script: str) -> tuple[str, str]:
        """A command that runs `script` in the shell, with the command of the real mask program as its arguments."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name, "program")
        path.write_text(script)
        return ("/bin/sh", str(path))

    def test_a_child_killed_while_it_starts_is_started_again(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            # Each line of the file is a start that will be killed.
            kills = Path(folder, "kills")
            kills.touch()
            script = f'[ -s {kills} ] && sed -i 1d {kills} && kill -9 $$; exec "$@"'
            start = start_of()
            command = (*self.program(script), *start.command)
            pool = Pool(replace(start, command=command), replace(self.options, children=1))
            self.addCleanup(pool.close)
            sequences = [pool.compile(Spec("json", PERSON, ENDS, 80)) for _ in range(3)]
            kills.write_text("kill\n" * 6)
            os.kill(pool.children[0].pid, signal.SIGKILL)
            self.run_to_end(sequences, 80)
            for each in sequences:
                self.assert_person(each)

    def test_a_child_that_cannot_start_again_fails_its_sequences(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder, "broken")
            script = f'[ -e {broken} ] && exit 3; exec "$@"'
            start = start_of()
            command = (*self.program(script), *start.command)
            pool = Pool(replace(start, command=command), replace(self.options, children=1))
            self.addCleanup(pool.close)
            sequence = pool.compile(Spec("json", PERSON, ENDS, 80))
            broken.touch()
            os.kill(pool.children[0].pid, signal.SIGKILL)
            pool.step([(sequence, [])])
            self.assertIn("could not be started again", str(sequence.failure))
            broken.unlink()
            self.run_to_end([again := pool.compile(Spec("json", PERSON, ENDS, 80))], 80)
            self.assert_person(again)

    def test_a_sequence_over_which_a_child_cannot_recover_fails_alone(self) -> None:
        pool, child = self.lone_child()
        sequences = [pool.compile(Spec("json", PERSON, ENDS, 80)) for _ in range(3)]
        self.kill_before_compiling(child, 1000, sequences[1].handle)
        os.kill(child.pid, signal.SIGKILL)
        pool.step([(each, ()) for each in sequences])
        self.assertIsNotNone(sequences[1].failure)
        self.run_to_end(sequences, 80)
        for each in (sequences[0], sequences[2]):
            self.assert_person(each)

    def test_a_child_that_is_stopped_is_ended_and_its_requests_fail_or_go_on(self) -> None:
        pool = Pool(start_of(), replace(self.options, step_seconds=0.5, children=1))
        self.addCleanup(pool.close)
        sequence = pool.compile(Spec("json", PERSON, ENDS))
        os.kill(pool.children[0].pid, signal.SIGSTOP)
        began = time.monotonic()
        pool.step([(sequence, [])])
        self.assertIsNone(sequence.failure)
        self.assertEqual([ord("{"), 256], tokenizer.allowed(sequence.mask()))
        self.assertLess(time.monotonic() - began, 30)

    def test_a_child_is_measured_by_its_own_time(self) -> None:
        pool = Pool(start_of(), replace(self.options, step_seconds=1, children=1))
        self.addCleanup(pool.close)
        sequence = pool.compile(Spec("json", PERSON, ENDS))
        pid = pool.children[0].pid
        os.kill(pid, signal.SIGSTOP)
        # Longer than the limit by the clock; the child itself has had no time.
        threading.Timer(2, os.kill, [pid, signal.SIGCONT]).start()
        pool.step([(sequence, [])])
        self.assertEqual([ord("{"), 256], tokenizer.allowed(sequence.mask()))
        self.assertEqual(0, pool.statistics()["restarts"])

    def test_forgotten_sequences_leave_the_child(self) -> None:
        sequences = [self.pool.compile(Spec("json", PERSON, ENDS)) for _ in range(5)]
        self.pool.step([(each, []) for each in sequences])
        self.assertEqual(5, self.pool.statistics()["sequences"])
        del sequences
        last = self.pool.compile(Spec("json", PERSON, ENDS))
        self.pool.step([(last, [])])
        self.assertEqual(1, self.pool.statistics()["sequences"])

    def test_figures_are_reported_until_the_engine_is_at_rest(self) -> None:
        reports: list[dict[str, Any]] = []
        with mock.patch("formwork_plugin.pool.REPORT_SECONDS", 0.02), self.assertLogs(logger, "INFO") as lines:
            pool = Pool(start_of(), replace(self.options, log_seconds=0.01), reports.append)
            self.addCleanup(pool.close)
            sequence = pool.compile(Spec("json", PERSON, ENDS))
            self.run_to_end([sequence], 60, pool)
            masks = len(sequence.log)
            del sequence
            self.wait_for(lambda: bool(reports) and reports[-1]["sequences"] == 0)
            self.assertEqual(masks, reports[-1]["masks"])
            self.wait_for(lambda: f"masks {masks}," in lines.output[-1] and "sequences 0," in lines.output[-1])
            count = len(reports)
            time.sleep(0.2)
            self.assertEqual(count, len(reports))

    def test_counts_outlive_a_child(self) -> None:
        sequence = self.pool.compile(Spec("json", PERSON, ENDS))
        self.run_to_end([sequence], 60)
        before = self.pool.statistics()
        kill_all([child.pid for child in self.pool.children])
        after = self.pool.statistics()
        self.assertLessEqual(1, after["restarts"])
        for name in ("masks", "compiles"):
            self.assertLessEqual(before[name], after[name])
        other = self.pool.compile(Spec("json", PERSON, ENDS))
        self.run_to_end([other], 60)
        self.assertEqual(len(sequence.log) + len(other.log), self.pool.statistics()["masks"])

    def test_a_closed_pool_starts_no_child(self) -> None:
        pool = Pool(start_of(), replace(self.options, children=1))
        child = pool.children[0]
        pool.close()
        with self.assertRaises(ServiceDied):
            pool.statistics()
        self.assertEqual(0, child.restarts)

    def test_a_child_that_cannot_start_says_why(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "node")
            for script, expected in (
                ('[ "$1" = --version ] && echo v18.20.1; exit 1', r"Node\.js 18\.20; 20\.19 or later is needed"),
                ("kill -9 $$", "too little memory"),
                ("exit 3", r"exited \(3\) before it was ready.*error output"),
            ):
                # Written by another process: a child that another thread starts meanwhile would inherit the file, open
                # for writing, and such a file cannot be run.
                write = 'printf "#!/bin/sh\\n%s\\n" "$1" > "$0" && chmod 755 "$0"'
                subprocess.run(["/bin/sh", "-c", write, str(program), script], check=True)
                with self.assertRaisesRegex(ServiceDied, expected):
                    Pool(replace(start_of(), command=(str(program), "main.js")), self.options)
            program.unlink()
            with self.assertRaisesRegex(ServiceDied, "could not be started: .*No such file"):
                Pool(replace(start_of(), command=(str(program), "main.js")), self.options)

    def test_the_child_ends_with_its_parent(self) -> None:
        pool = Pool(start_of(), replace(self.options, children=1))
        process = pool.children[0]._service._process
        assert process.stdin is not None
        process.stdin.close()
        self.assertEqual(0, process.wait(timeout=30))


if __name__ == "__main__":
    unittest.main()
