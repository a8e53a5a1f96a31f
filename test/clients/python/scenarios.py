"""What every client of Python shares: the same few requests, and how their outcome reaches the runner."""

import asyncio
import inspect
import json
import os
from importlib.metadata import version

# The server under test, without a path.
SERVER_URL = os.environ["FORMWORK_CLIENTS_URL"]
OPENAI_URL = SERVER_URL + "/v1"
API_KEY = "none"

# A name that the server takes by `--served-model-name`, and one that it does not have.
ALIAS = "gpt-4o-mini"
UNKNOWN_MODEL = "no-such-model"

DOCUMENT_PROMPT = "Ada Lovelace, 36 years old, mathematician."
TEXT_PROMPT = "Say hello."
WEATHER_PROMPT = "What is the weather in Paris? Use the tool get_weather."
MAX_TOKENS = 120
WEATHER_PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": WEATHER_PARAMETERS,
    },
}


class WeatherTool:
    """Answers calls of the tool and counts them."""

    def __init__(self):
        self.calls = 0

    def answer(self, city):
        assert isinstance(city, str), f"the tool was called with {city!r}"
        self.calls += 1
        return "21 degrees, sunny"

    def expect_called(self):
        assert self.calls > 0, "the tool was not called"


def expect_person(person):
    """A person, as an object or a dictionary, with nothing missing or added."""
    members = person if isinstance(person, dict) else vars(person)
    members = {name: value for name, value in members.items() if not name.startswith("_")}
    assert set(members) == {"name", "age"}, f"not a person: {members!r}"
    assert isinstance(members["name"], str) and isinstance(members["age"], int), f"not a person: {members!r}"


def expect_text(text):
    assert isinstance(text, str) and text.strip(), f"no text: {text!r}"


def expect_failure(call, kind, fits=lambda error: True):
    """`call` must raise an error of `kind` that `fits`."""
    try:
        call()
    except kind as error:
        assert fits(error), f"another error: {type(error).__name__} {error}"
        return
    raise AssertionError("it was accepted")


def run_client(client, package, scenarios):
    """Runs `scenarios` (column of the table -> function) and prints one line of JSON for each."""
    loop = asyncio.new_event_loop()
    for scenario, run in scenarios.items():
        outcome = {"client": client, "version": version(package), "scenario": scenario}
        try:
            result = run()
            if inspect.isawaitable(result):
                loop.run_until_complete(result)
        except Exception as error:  # whatever a client throws is an outcome
            outcome["failure"] = f"{type(error).__name__}: {error}"
        print(json.dumps(outcome), flush=True)
