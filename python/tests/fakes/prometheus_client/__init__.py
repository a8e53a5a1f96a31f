"""The part of prometheus_client that the plug-in uses when it starts."""


class Registry:
    def __init__(self) -> None:
        self.collectors = []

    def register(self, collector) -> None:
        self.collectors.append(collector)


REGISTRY = Registry()
