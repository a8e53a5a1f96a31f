from types import SimpleNamespace


class OpenAIServingModels:
    async def show_available_models(self):
        return SimpleNamespace(data=[SimpleNamespace(id="model")])
