"""What only Modal's Python package can tell of a deployed app, or change in it. Prints one line of JSON.

live.py describe APP            addresses, what its containers say of themselves, its autoscaler
live.py autoscale APP SETTINGS  changes the autoscaler; SETTINGS is JSON: {"min_containers": 1}
live.py record APP DEPLOYED     writes down what is deployed; DEPLOYED is JSON
"""

import dataclasses
import json
import sys
import time

import modal

SERVER = "Inference"


def describe(app_name):
    server = modal.Server.from_name(app_name, SERVER)
    address = server.get_url()
    notes = optional(lambda: dict(modal.Dict.from_name(f"{app_name}-state").items())) or {}
    return {
        "url": address,
        "healthUrl": optional(lambda: modal.Function.from_name(app_name, "health").get_web_url()),
        "deployed": notes.pop("deployed", None),
        "containers": notes,
        "autoscaler": optional(lambda: dataclasses.asdict(server.autoscaler.settings())),
    }


def autoscale(app_name, settings):
    server = modal.Server.from_name(app_name, SERVER)
    if hasattr(server, "autoscaler"):  # modal >= 1.6
        server.autoscaler.update(**settings)
    else:
        server.update_autoscaler(**settings)
    return settings


def record(app_name, deployed):
    modal.Dict.from_name(f"{app_name}-state", create_if_missing=True).put("deployed", deployed)
    return deployed


def optional(look_up):
    """What an older app or package does not have is left out."""
    try:
        return look_up()
    except (AttributeError, modal.exception.NotFoundError):
        return None


def main(action, app_name, *rest):
    if action == "describe":
        return describe(app_name)
    if action == "autoscale":
        return autoscale(app_name, json.loads(rest[0]))
    if action == "record":
        return record(app_name, json.loads(rest[0]))
    raise SystemExit(f"unknown action {action}")


if __name__ == "__main__":
    try:
        print(json.dumps(main(*sys.argv[1:]), default=str))
    except modal.exception.Error as error:
        raise SystemExit(f"{type(error).__name__}: {error}")
