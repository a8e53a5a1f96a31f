"""As much of prometheus_client as the plug-in touches at its start."""


class Registry:
    def __init__(self) -> None:
        self.collectors = []

    def register(self, collector) -> None:
        self.collectors.append(collector)


REGISTRY = Registry()
