"""What the checks of drafts in the classes of vLLM and SGLang share: schemas, random drafts, the count of documents."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import jsonschema
import numpy as np

SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"n": {"type": "integer", "multipleOf": 7, "minimum": 10}}, "required": ["n"]},
    {"type": "array", "items": {"enum": ["a", "b", "c", "d"]}, "uniqueItems": True, "minItems": 4},
    {"type": "array", "items": {"type": "integer"}, "contains": {"const": 5}, "minItems": 3, "maxItems": 6},
    {"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}]},
    {
        "type": "object",
        "properties": {"kind": {"enum": ["circle", "square"]}, "r": {"type": "number"}, "s": {"type": "number"}},
        "required": ["kind"],
        "additionalProperties": False,
        "if": {"properties": {"kind": {"const": "circle"}}},
        "then": {"required": ["r"], "properties": {"s": False}},
        "else": {"required": ["s"], "properties": {"r": False}},
    },
    {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "story": {"type": "string", "minLength": 20},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["title", "story", "tags"],
        "additionalProperties": False,
    },
]
BUDGETS = [24, 30, 40, 60]


def allowed_in(mask: Any) -> Any:
    """The tokens that a mask allows."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(mask, np.uint8), bitorder="little"))


def draft(source: random.Random, twin: Any, path: list[int], left: int, size: int) -> int:
    """A random token after `path`, a sixth of the time any token, otherwise one that is allowed.

    `twin`: a sequence of the same request. `left`: tokens left in the budget before `path`.
    """
    accepted = 0
    for token in path:
        if not twin.accept(token):
            break
        accepted += 1
    token = source.randrange(size)
    if accepted == len(path) and not twin.terminated and source.random() > 1 / 6:
        twin.remaining, twin.mark = left - accepted, len(twin.log)
        token = int(source.choice(allowed_in(twin.mask())))
    twin.rollback(accepted)
    return token


def check_rounds(engine: Any, rounds: int, tally: Tally, sequence_of: Any, run: Any) -> None:
    """Writes a document for each schema and budget, `rounds` times; counts them and prints the counts. Exits with 1 if one is invalid.

    `sequence_of`: the constraint of a compiled request. `run`: writes the documents of the given requests, each of
    which has a `twin`, another sequence of the same schema.
    """
    for _ in range(rounds):
        compiled = [(schema, *engine.compile("formwork", schema, 2, budget)) for schema in SCHEMAS for budget in BUDGETS]
        while not all(engine.is_ready(one) for _, *both in compiled for one in both):
            pass
        for _, request, twin in compiled:
            request.twin = sequence_of(twin)
        run([request for _, request, _ in compiled])
        for schema, request, _ in compiled:
            tally.add(schema, engine.text(request))
    code = tally.report(engine.name)
    engine.close()
    sys.exit(code)


class Tally:
    """Counts documents and drafts."""

    def __init__(self) -> None:
        self.documents = self.valid = self.offered = self.confirmed = 0

    def add(self, schema: Any, text: str | None) -> None:
        self.documents += 1
        try:
            jsonschema.validate(json.loads(text or ""), schema)
            self.valid += 1
        except (ValueError, jsonschema.ValidationError) as error:
            print(f"{json.dumps(schema)}: {text!r}: {str(error)[:200]}")

    def report(self, engine: str) -> int:
        """Prints the counts; returns the exit code."""
        drafts = f"{self.confirmed} of {self.offered} drafts confirmed"
        print(f"{engine}: {self.valid} of {self.documents} documents valid; {drafts}")
        return int(self.valid < self.documents)
