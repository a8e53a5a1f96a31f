import instructor
import openai
from pydantic import BaseModel

import scenarios as shared

client = instructor.from_openai(openai.OpenAI(base_url=shared.OPENAI_URL, api_key=shared.API_KEY, max_retries=0))


class Person(BaseModel):
    name: str
    age: int


def request(**more):
    return {
        "model": "default",
        "temperature": 0,
        "max_tokens": shared.MAX_TOKENS,
        "messages": [{"role": "user", "content": shared.DOCUMENT_PROMPT}],
        "response_model": Person,
        "max_retries": 0,
        **more,
    }


def document():
    shared.expect_person(client.chat.completions.create(**request()))


def streamed_document():
    last = None
    for partial in client.chat.completions.create_partial(**request()):
        last = partial
    shared.expect_person(last)


def model_names():
    shared.expect_person(client.chat.completions.create(**request(model=shared.ALIAS)))
    shared.expect_failure(
        lambda: client.chat.completions.create(**request(model=shared.UNKNOWN_MODEL)),
        Exception,
        lambda error: "model_not_found" in str(error),
    )


def errors():
    shared.expect_failure(
        lambda: client.chat.completions.create(**request(temperature=9)),
        Exception,
        lambda error: "invalid_request_error" in str(error),
    )


shared.run_client(
    "instructor (Python)",
    "instructor",
    {
        "document": document,
        "streamed document": streamed_document,
        "model names": model_names,
        "errors": errors,
    },
)
