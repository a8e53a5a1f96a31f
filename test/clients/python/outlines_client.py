import json
from typing import Literal

import openai
import outlines
from outlines.types import Regex
from pydantic import BaseModel

import scenarios as shared


class Person(BaseModel):
    name: str
    age: int


SETTINGS = {"temperature": 0, "max_tokens": shared.MAX_TOKENS}


def model(name="default"):
    client = openai.OpenAI(base_url=shared.OPENAI_URL, api_key=shared.API_KEY, max_retries=0)
    return outlines.from_vllm(client, name)


def document():
    shared.expect_person(json.loads(model()(shared.DOCUMENT_PROMPT, Person, **SETTINGS)))


def streamed_document():
    text = "".join(model().stream(shared.DOCUMENT_PROMPT, Person, **SETTINGS))
    shared.expect_person(json.loads(text))


def pattern_and_choice():
    answer = model()("A date.", Regex(r"[0-9]{4}-[0-9]{2}"), **SETTINGS)
    assert len(answer) == 7 and answer[4] == "-", f"not of the pattern: {answer!r}"
    answer = model()("Is water wet?", Literal["yes", "no"], **SETTINGS)
    assert answer in ("yes", "no"), f"not of the choice: {answer!r}"


def text():
    pattern_and_choice()
    shared.expect_text(model()(shared.TEXT_PROMPT, **SETTINGS))


def model_names():
    shared.expect_text(model(shared.ALIAS)(shared.TEXT_PROMPT, **SETTINGS))
    shared.expect_failure(
        lambda: model(shared.UNKNOWN_MODEL)(shared.TEXT_PROMPT, **SETTINGS),
        Exception,
        lambda error: "no-such-model" in str(error),
    )


def errors():
    shared.expect_failure(
        lambda: model()(shared.TEXT_PROMPT, temperature=9),
        Exception,
        lambda error: "temperature" in str(error),
    )


shared.run_client(
    "Outlines, from_vllm",
    "outlines",
    {
        "document": document,
        "streamed document": streamed_document,
        "text": text,
        "model names": model_names,
        "errors": errors,
    },
)
