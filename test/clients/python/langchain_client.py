import openai
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

import scenarios as shared


class Person(BaseModel):
    name: str
    age: int


def model(**more):
    settings = {"model": "default", "temperature": 0, "max_tokens": shared.MAX_TOKENS, "max_retries": 0, **more}
    return ChatOpenAI(base_url=shared.OPENAI_URL, api_key=shared.API_KEY, **settings)


def weather(counted):
    @tool
    def get_weather(city: str) -> str:
        """The weather of a city"""
        return counted.answer(city)

    return get_weather


def document():
    shared.expect_person(model().with_structured_output(Person).invoke(shared.DOCUMENT_PROMPT))
    by_tool = model().with_structured_output(Person, method="function_calling")
    shared.expect_person(by_tool.invoke(shared.DOCUMENT_PROMPT))


def streamed_document():
    last = None
    for partial in model().with_structured_output(Person).stream(shared.DOCUMENT_PROMPT):
        last = partial
    shared.expect_person(last)


def tool_call():
    counted = shared.WeatherTool()
    answer = model().bind_tools([weather(counted)], tool_choice="required").invoke(shared.WEATHER_PROMPT)
    counted.answer(**answer.tool_calls[0]["args"])


def tool_loop():
    counted = shared.WeatherTool()
    get_weather = weather(counted)
    messages = [HumanMessage(shared.WEATHER_PROMPT)]
    for turn in range(4):
        choice = {"tool_choice": "required"} if turn == 0 else {}
        answer = model().bind_tools([get_weather], **choice).invoke(messages)
        messages.append(answer)
        if not answer.tool_calls:
            break
        messages.extend(get_weather.invoke(call) for call in answer.tool_calls)
    counted.expect_called()
    shared.expect_text(messages[-1].content)


def text():
    shared.expect_text(model().invoke(shared.TEXT_PROMPT).content)


def model_names():
    shared.expect_text(model(model=shared.ALIAS).invoke(shared.TEXT_PROMPT).content)
    unknown = model(model=shared.UNKNOWN_MODEL)
    shared.expect_failure(lambda: unknown.invoke(shared.TEXT_PROMPT), openai.NotFoundError)


def errors():
    shared.expect_failure(lambda: model(temperature=9).invoke(shared.TEXT_PROMPT), openai.BadRequestError)


shared.run_client(
    "LangChain (Python)",
    "langchain-openai",
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
