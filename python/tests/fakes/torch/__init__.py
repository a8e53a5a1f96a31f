"""The part of torch that the plug-in uses: a table of 32-bit integers, and flags."""

from array import array

from . import distributed as distributed

int32 = "int32"


class Numbers(array):
    """A table as numpy sees it."""

    width: int

    def row(self, index: int) -> memoryview:
        return memoryview(self)[index * self.width : (index + 1) * self.width].cast("B")


class Tensor:
    def __init__(self, content: Numbers, width: int) -> None:
        self.content = content
        self.width = content.width = width

    def numpy(self) -> Numbers:
        return self.content

    def row(self, index: int) -> memoryview:
        return self.content.row(index)

    def __getitem__(self, rows: slice) -> "Tensor":
        return Tensor(Numbers("i", self.content[: rows.stop * self.width]), self.width)


def full(shape: tuple[int, int], value: int, dtype: str) -> Tensor:
    return Tensor(Numbers("i", [value] * (shape[0] * shape[1])), shape[1])


class Flags:
    def __init__(self, values: list[bool]) -> None:
        self.values = values

    def any(self) -> bool:
        return any(self.values)


def tensor(values: list[bool], dtype: str) -> Flags:
    return Flags(values)
