import functools
import pkgutil
from enum import Enum


class HookType(Enum):
    AFTER = "after"
    AROUND = "around"


class HookRegistry:
    @staticmethod
    def register(target, hook, hook_type) -> None:
        place, name = target.rsplit(".", 1)
        owner = pkgutil.resolve_name(place)
        plain = getattr(owner, name)

        @functools.wraps(plain)
        def wrapped(*arguments, **named):
            if hook_type is HookType.AROUND:
                return hook(plain, *arguments, **named)
            result = plain(*arguments, **named)
            changed = hook(result, *arguments, **named)
            return result if changed is None else changed

        setattr(owner, name, wrapped)
