from pydantic import BaseModel
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import scenarios as shared


class Person(BaseModel):
    name: str
    age: int


def agent(name="default", settings=None, **more):
    provider = OpenAIProvider(base_url=shared.OPENAI_URL, api_key=shared.API_KEY)
    limits = {"temperature": 0, "max_tokens": shared.MAX_TOKENS, **(settings or {})}
    return Agent(OpenAIChatModel(name, provider=provider), model_settings=limits, **more)


def document():
    shared.expect_person(agent(output_type=Person).run_sync(shared.DOCUMENT_PROMPT).output)


async def streamed_document():
    async with agent(output_type=Person).run_stream(shared.DOCUMENT_PROMPT) as result:
        shared.expect_person(await result.get_output())


def tool_loop():
    # Its default for documents is a tool, so the next turn has a call and its result before it.
    first = agent(output_type=Person).run_sync(shared.DOCUMENT_PROMPT)
    answer = agent().run_sync(shared.TEXT_PROMPT, message_history=first.all_messages())
    shared.expect_text(answer.output)


def text():
    shared.expect_text(agent().run_sync(shared.TEXT_PROMPT).output)


def model_names():
    shared.expect_text(agent(shared.ALIAS).run_sync(shared.TEXT_PROMPT).output)
    unknown = agent(shared.UNKNOWN_MODEL)
    shared.expect_failure(
        lambda: unknown.run_sync(shared.TEXT_PROMPT), ModelHTTPError, lambda error: error.status_code == 404
    )


def errors():
    refused = agent(settings={"temperature": 9})
    shared.expect_failure(
        lambda: refused.run_sync(shared.TEXT_PROMPT), ModelHTTPError, lambda error: error.status_code == 400
    )


shared.run_client(
    "pydantic-ai",
    "pydantic-ai-slim",
    {
        "document": document,
        "streamed document": streamed_document,
        "tool loop": tool_loop,
        "text": text,
        "model names": model_names,
        "errors": errors,
    },
)
