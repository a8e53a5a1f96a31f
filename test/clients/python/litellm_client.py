import json

import litellm
from pydantic import BaseModel

import scenarios as shared


class Person(BaseModel):
    name: str
    age: int


def complete(prompt, **more):
    settings = {
        "model": "hosted_vllm/default",
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0,
        "max_tokens": shared.MAX_TOKENS,
        **more,
    }
    return litellm.completion(api_base=shared.OPENAI_URL, api_key=shared.API_KEY, num_retries=0, **settings)


def document():
    answer = complete(shared.DOCUMENT_PROMPT, response_format=Person)
    shared.expect_person(json.loads(answer.choices[0].message.content))


def streamed_document():
    stream = complete(shared.DOCUMENT_PROMPT, response_format=Person, stream=True)
    text = "".join(part.choices[0].delta.content or "" for part in stream)
    shared.expect_person(json.loads(text))


def tool_call():
    answer = complete(shared.WEATHER_PROMPT, tools=[shared.WEATHER_TOOL], tool_choice="required")
    call = answer.choices[0].message.tool_calls[0]
    shared.WeatherTool().answer(**json.loads(call.function.arguments))


def tool_loop():
    question = {"role": "user", "content": shared.WEATHER_PROMPT}
    tools = [shared.WEATHER_TOOL]
    message = complete("", messages=[question], tools=tools, tool_choice="required").choices[0].message
    call = message.tool_calls[0]
    result = shared.WeatherTool().answer(**json.loads(call.function.arguments))
    messages = [question, message, {"role": "tool", "tool_call_id": call.id, "content": result}]
    shared.expect_text(complete("", messages=messages, tools=tools).choices[0].message.content)


def text():
    shared.expect_text(complete(shared.TEXT_PROMPT).choices[0].message.content)


def model_names():
    answer = complete(shared.TEXT_PROMPT, model=f"hosted_vllm/{shared.ALIAS}")
    shared.expect_text(answer.choices[0].message.content)
    shared.expect_failure(
        lambda: complete(shared.TEXT_PROMPT, model=f"hosted_vllm/{shared.UNKNOWN_MODEL}"), litellm.NotFoundError
    )


def errors():
    shared.expect_failure(lambda: complete(shared.TEXT_PROMPT, temperature=9), litellm.BadRequestError)
    # What its fall-backs to models of longer contexts go by.
    shared.expect_failure(lambda: complete("word " * 20_000), litellm.ContextWindowExceededError)


shared.run_client(
    "litellm",
    "litellm",
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
