import json

import openai
from pydantic import BaseModel

import scenarios as shared

client = openai.OpenAI(base_url=shared.OPENAI_URL, api_key=shared.API_KEY, max_retries=0)


class Person(BaseModel):
    name: str
    age: int


def request(prompt, **more):
    return {
        "model": "default",
        "temperature": 0,
        "max_completion_tokens": shared.MAX_TOKENS,
        "messages": [{"role": "user", "content": prompt}],
        **more,
    }


def document():
    answer = client.chat.completions.parse(**request(shared.DOCUMENT_PROMPT, response_format=Person))
    shared.expect_person(answer.choices[0].message.parsed)


def streamed_document():
    with client.chat.completions.stream(**request(shared.DOCUMENT_PROMPT, response_format=Person)) as stream:
        answer = stream.get_final_completion()
    shared.expect_person(answer.choices[0].message.parsed)


def tool_call():
    tools = {"tools": [shared.WEATHER_TOOL], "tool_choice": "required"}
    answer = client.chat.completions.create(**request(shared.WEATHER_PROMPT, **tools))
    call = answer.choices[0].message.tool_calls[0]
    shared.WeatherTool().answer(**json.loads(call.function.arguments))


def tool_loop():
    question = {"role": "user", "content": shared.WEATHER_PROMPT}
    tools = {"tools": [shared.WEATHER_TOOL]}
    calling = request("", **tools, tool_choice="required") | {"messages": [question]}
    message = client.chat.completions.create(**calling).choices[0].message
    call = message.tool_calls[0]
    result = shared.WeatherTool().answer(**json.loads(call.function.arguments))
    messages = [question, message, {"role": "tool", "tool_call_id": call.id, "content": result}]
    answer = client.chat.completions.create(**(request("", **tools) | {"messages": messages}))
    shared.expect_text(answer.choices[0].message.content)


def text():
    answer = client.chat.completions.create(**request(shared.TEXT_PROMPT))
    shared.expect_text(answer.choices[0].message.content)


def model_names():
    hello = request(shared.TEXT_PROMPT)
    answer = client.chat.completions.create(**(hello | {"model": shared.ALIAS}))
    shared.expect_text(answer.choices[0].message.content)
    shared.expect_failure(
        lambda: client.chat.completions.create(**(hello | {"model": shared.UNKNOWN_MODEL})),
        openai.NotFoundError,
        lambda error: error.code == "model_not_found",
    )


def errors():
    shared.expect_failure(
        lambda: client.chat.completions.create(**(request(shared.TEXT_PROMPT) | {"temperature": 9})),
        openai.BadRequestError,
        lambda error: error.type == "invalid_request_error",
    )


shared.run_client(
    "openai (Python), chat",
    "openai",
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


def responses_request(prompt, **more):
    return {
        "model": "default",
        "temperature": 0,
        "max_output_tokens": shared.MAX_TOKENS,
        "input": [{"role": "user", "content": prompt}],
        **more,
    }


RESPONSES_TOOLS = {"tools": [{"type": "function", "strict": False, **shared.WEATHER_TOOL["function"]}]}


def responses_document():
    answer = client.responses.parse(**responses_request(shared.DOCUMENT_PROMPT, text_format=Person))
    shared.expect_person(answer.output_parsed)


def responses_streamed_document():
    with client.responses.stream(**responses_request(shared.DOCUMENT_PROMPT, text_format=Person)) as stream:
        answer = stream.get_final_response()
    shared.expect_person(answer.output_parsed)


def responses_tool_call():
    calling = responses_request(shared.WEATHER_PROMPT, **RESPONSES_TOOLS, tool_choice="required")
    answer = client.responses.create(**calling)
    call = next(item for item in answer.output if item.type == "function_call")
    shared.WeatherTool().answer(**json.loads(call.arguments))


def responses_tool_loop():
    calling = responses_request(shared.WEATHER_PROMPT, **RESPONSES_TOOLS, tool_choice="required")
    first = client.responses.create(**calling)
    call = next(item for item in first.output if item.type == "function_call")
    output = shared.WeatherTool().answer(**json.loads(call.arguments))
    result = {"type": "function_call_output", "call_id": call.call_id, "output": output}
    conversation = [*calling["input"], *first.output, result]
    answer = client.responses.create(**(responses_request("", **RESPONSES_TOOLS) | {"input": conversation}))
    shared.expect_text(answer.output_text)


def responses_text():
    answer = client.responses.create(**responses_request(shared.TEXT_PROMPT))
    shared.expect_text(answer.output_text)


def responses_model_names():
    hello = responses_request(shared.TEXT_PROMPT)
    shared.expect_text(client.responses.create(**(hello | {"model": shared.ALIAS})).output_text)
    shared.expect_failure(
        lambda: client.responses.create(**(hello | {"model": shared.UNKNOWN_MODEL})), openai.NotFoundError
    )


def responses_errors():
    shared.expect_failure(
        lambda: client.responses.create(**(responses_request(shared.TEXT_PROMPT) | {"temperature": 9})),
        openai.BadRequestError,
    )


shared.run_client(
    "openai (Python), Responses",
    "openai",
    {
        "document": responses_document,
        "streamed document": responses_streamed_document,
        "tool call": responses_tool_call,
        "tool loop": responses_tool_loop,
        "text": responses_text,
        "model names": responses_model_names,
        "errors": responses_errors,
    },
)
