"""Imports an app file with Modal's own package, which refuses what it does not know, and says what it registers.

check.py FILE       prints {"app": NAME, "objects": {NAME: KIND}}
"""

import importlib.util
import json
import sys
import traceback

import modal


def check(path):
    spec = importlib.util.spec_from_file_location("modal_app", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["modal_app"] = module
    spec.loader.exec_module(module)
    apps = [value for value in vars(module).values() if isinstance(value, modal.App)]
    if not apps:
        raise SystemExit(f"{path} defines no modal.App.")
    kinds = (modal.Server, modal.Function, modal.Cls)
    objects = {name: type(value).__name__ for name, value in vars(module).items() if isinstance(value, kinds)}
    return {"app": apps[0].name, "objects": objects}


if __name__ == "__main__":
    try:
        print(json.dumps(check(sys.argv[1])))
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == sys.argv[1]]
        where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
        raise SystemExit(f"{type(error).__name__}: {error}{where}")
