import json
import os
import tempfile
from pathlib import Path

import scenarios as shared

# llm reads the models that it should know from a file in its own folder.
folder = tempfile.TemporaryDirectory()
os.environ["LLM_USER_PATH"] = folder.name
models = [
    {
        "model_id": name,
        "model_name": name,
        "api_base": shared.OPENAI_URL,
        "api_key_name": "formwork",
        "supports_schema": True,
        "supports_tools": True,
    }
    for name in ("default", shared.ALIAS + "-formwork", shared.UNKNOWN_MODEL)
]
models[1]["model_name"] = shared.ALIAS
Path(folder.name, "extra-openai-models.yaml").write_text(json.dumps(models))
Path(folder.name, "keys.json").write_text(json.dumps({"formwork": shared.API_KEY}))

import llm  # noqa: E402 (it reads the folder when it is imported)

SETTINGS = {"temperature": 0, "max_tokens": shared.MAX_TOKENS}


def document():
    answer = llm.get_model("default").prompt(
        shared.DOCUMENT_PROMPT, schema=llm.schema_dsl("name, age int"), stream=False, **SETTINGS
    )
    shared.expect_person(json.loads(answer.text()))


def streamed_document():
    answer = llm.get_model("default").prompt(
        shared.DOCUMENT_PROMPT, schema=llm.schema_dsl("name, age int"), **SETTINGS
    )
    shared.expect_person(json.loads("".join(answer)))


def text():
    shared.expect_text(llm.get_model("default").prompt(shared.TEXT_PROMPT, **SETTINGS).text())


def model_names():
    renamed = llm.get_model(shared.ALIAS + "-formwork")
    shared.expect_text(renamed.prompt(shared.TEXT_PROMPT, **SETTINGS).text())
    unknown = llm.get_model(shared.UNKNOWN_MODEL)
    shared.expect_failure(
        lambda: unknown.prompt(shared.TEXT_PROMPT, **SETTINGS).text(),
        Exception,
        lambda error: "no-such-model" in str(error),
    )


def errors():
    # llm itself holds settings to their ranges.
    refused = llm.get_model("default").prompt("word " * 20_000, **SETTINGS)
    shared.expect_failure(refused.text, Exception, lambda error: "context_length_exceeded" in str(error))


shared.run_client(
    "llm",
    "llm",
    {
        "document": document,
        "streamed document": streamed_document,
        "text": text,
        "model names": model_names,
        "errors": errors,
    },
)
