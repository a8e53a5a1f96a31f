"""A substitute for SGLang's kernels, which PyPI has no CPU build of.

Without them, SGLang computes with torch's operations. It still imports some by name, for models that are not used here.
"""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*_arguments, **_named):
        raise NotImplementedError(f"{name} of sgl_kernel is not available on a CPU.")

    return missing
