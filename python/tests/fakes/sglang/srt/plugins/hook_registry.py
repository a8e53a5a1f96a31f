import functools
import pkgutil
from enum import Enum


class HookType(Enum):
    AFTER = "after"
    AROUND = "around"


class HookRegistry:
    @staticmethod
    def register(target, hook, hook_type) -> None:
        owner = pkgutil.resolve_name(":".join(target.rsplit(".", 2)[0:1]) + ":" + target.rsplit(".", 2)[1])
        name = target.rsplit(".", 1)[1]
        plain = getattr(owner, name)

        @functools.wraps(plain)
        def wrapped(*arguments, **named):
            if hook_type is HookType.AROUND:
                return hook(plain, *arguments, **named)
            result = plain(*arguments, **named)
            changed = hook(result, *arguments, **named)
            return result if changed is None else changed

        setattr(owner, name, wrapped)
