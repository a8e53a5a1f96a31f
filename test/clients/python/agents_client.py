import openai
from agents import Agent, ModelSettings, Runner, function_tool, set_default_openai_client, set_tracing_disabled
from pydantic import BaseModel

import scenarios as shared


class Person(BaseModel):
    name: str
    age: int


def agent(**more):
    # A client for each run, as each has an event loop of its own.
    client = openai.AsyncOpenAI(base_url=shared.OPENAI_URL, api_key=shared.API_KEY, max_retries=0)
    set_default_openai_client(client)
    set_tracing_disabled(True)
    settings = ModelSettings(temperature=0, max_tokens=shared.MAX_TOKENS).resolve(more.pop("settings", None))
    return Agent(
        name="assistant",
        instructions="Answer briefly.",
        model_settings=settings,
        **{"model": "default", **more},
    )


def weather(counted):
    @function_tool
    def get_weather(city: str) -> str:
        """The weather of a city"""
        return counted.answer(city)

    return get_weather


async def document():
    result = await Runner.run(agent(output_type=Person), shared.DOCUMENT_PROMPT)
    shared.expect_person(result.final_output)


async def streamed_document():
    result = Runner.run_streamed(agent(output_type=Person), shared.DOCUMENT_PROMPT)
    async for _ in result.stream_events():
        pass
    shared.expect_person(result.final_output)


async def tool_call():
    counted = shared.WeatherTool()
    calling = agent(
        tools=[weather(counted)],
        settings=ModelSettings(tool_choice="required"),
        tool_use_behavior="stop_on_first_tool",
    )
    await Runner.run(calling, shared.WEATHER_PROMPT)
    counted.expect_called()


async def tool_loop():
    counted = shared.WeatherTool()
    # Only the first turn has to call: the library then resets the choice.
    calling = agent(tools=[weather(counted)], settings=ModelSettings(tool_choice="required"))
    result = await Runner.run(calling, shared.WEATHER_PROMPT, max_turns=4)
    counted.expect_called()
    shared.expect_text(result.final_output)


async def text():
    shared.expect_text((await Runner.run(agent(), shared.TEXT_PROMPT)).final_output)


async def model_names():
    shared.expect_text((await Runner.run(agent(model=shared.ALIAS), shared.TEXT_PROMPT)).final_output)
    try:
        await Runner.run(agent(model=shared.UNKNOWN_MODEL), shared.TEXT_PROMPT)
    except openai.NotFoundError:
        return
    raise AssertionError("it was accepted")


async def errors():
    try:
        await Runner.run(agent(settings=ModelSettings(temperature=9)), shared.TEXT_PROMPT)
    except openai.BadRequestError:
        return
    raise AssertionError("it was accepted")


shared.run_client(
    "OpenAI Agents (Python)",
    "openai-agents",
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
