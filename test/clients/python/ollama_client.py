import json

import ollama

import scenarios as shared

client = ollama.Client(host=shared.SERVER_URL)
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}


def chat(prompt, **more):
    settings = {
        "model": "default",
        "messages": [{"role": "user", "content": prompt}],
        "options": {"temperature": 0, "num_predict": shared.MAX_TOKENS},
        **more,
    }
    return client.chat(**settings)


def document():
    shared.expect_person(json.loads(chat(shared.DOCUMENT_PROMPT, format=SCHEMA).message.content))


def streamed_document():
    parts = chat(shared.DOCUMENT_PROMPT, format=SCHEMA, stream=True)
    shared.expect_person(json.loads("".join(part.message.content for part in parts)))


def tool_loop():
    # The API has no way to demand a call, so the conversation starts with one.
    arguments = {"city": "Paris"}
    messages = [
        {"role": "user", "content": shared.WEATHER_PROMPT},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "get_weather", "arguments": arguments}}],
        },
        {"role": "tool", "tool_name": "get_weather", "content": shared.WeatherTool().answer(**arguments)},
    ]
    shared.expect_text(chat("", messages=messages, tools=[shared.WEATHER_TOOL]).message.content)


def text():
    shared.expect_text(chat(shared.TEXT_PROMPT).message.content)


def model_names():
    shared.expect_text(chat(shared.TEXT_PROMPT, model=shared.ALIAS).message.content)
    shared.expect_failure(
        lambda: chat(shared.TEXT_PROMPT, model=shared.UNKNOWN_MODEL),
        ollama.ResponseError,
        lambda error: error.status_code == 404,
    )


def errors():
    shared.expect_failure(
        lambda: chat(shared.TEXT_PROMPT, options={"temperature": 9}),
        ollama.ResponseError,
        lambda error: error.status_code == 400,
    )


shared.run_client(
    "ollama (Python)",
    "ollama",
    {
        "document": document,
        "streamed document": streamed_document,
        "tool loop": tool_loop,
        "text": text,
        "model names": model_names,
        "errors": errors,
    },
)
