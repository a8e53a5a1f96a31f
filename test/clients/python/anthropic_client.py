import anthropic
from pydantic import BaseModel

import scenarios as shared

client = anthropic.Anthropic(base_url=shared.SERVER_URL, api_key=shared.API_KEY, max_retries=0)
TOOL = {"name": "get_weather", "description": "The weather of a city", "input_schema": shared.WEATHER_PARAMETERS}


class Person(BaseModel):
    name: str
    age: int


def request(prompt, **more):
    return {
        "model": "default",
        "max_tokens": shared.MAX_TOKENS,
        "messages": [{"role": "user", "content": prompt}],
        # Not among the arguments of this client.
        "extra_body": {"temperature": 0},
        **more,
    }


def document():
    answer = client.messages.parse(**request(shared.DOCUMENT_PROMPT, output_format=Person))
    shared.expect_person(answer.parsed_output)


def streamed_document():
    with client.messages.stream(**request(shared.DOCUMENT_PROMPT, output_format=Person)) as stream:
        shared.expect_person(stream.get_final_message().parsed_output)


def tool_call():
    answer = client.messages.create(**request(shared.WEATHER_PROMPT, tools=[TOOL], tool_choice={"type": "any"}))
    call = next(block for block in answer.content if block.type == "tool_use")
    shared.WeatherTool().answer(**call.input)


def tool_loop():
    question = {"role": "user", "content": shared.WEATHER_PROMPT}
    calling = request("", tools=[TOOL], tool_choice={"type": "any"}) | {"messages": [question]}
    content = client.messages.create(**calling).content
    call = next(block for block in content if block.type == "tool_use")
    output = shared.WeatherTool().answer(**call.input)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": output}
    messages = [question, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(**(request("", tools=[TOOL]) | {"messages": messages}))
    shared.expect_text(answer.content[0].text)


def text():
    shared.expect_text(client.messages.create(**request(shared.TEXT_PROMPT)).content[0].text)


def model_names():
    hello = request(shared.TEXT_PROMPT)
    shared.expect_text(client.messages.create(**(hello | {"model": shared.ALIAS})).content[0].text)
    shared.expect_failure(
        lambda: client.messages.create(**(hello | {"model": shared.UNKNOWN_MODEL})), anthropic.NotFoundError
    )


def errors():
    shared.expect_failure(
        lambda: client.messages.create(**request(shared.TEXT_PROMPT, extra_body={"temperature": 9})),
        anthropic.BadRequestError,
    )


shared.run_client(
    "Anthropic SDK (Python)",
    "anthropic",
    {
        "document": document,
        "streamed document": streamed_document,
        "tool call": tool_call,
        "tool loop": tool_loop,
        "text": text,
        "model names": model_names,
        "errors": errors,
    },
)
