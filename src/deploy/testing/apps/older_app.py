"""An app of the older kind: a class with web endpoints, a function for health. Only ever read, never run."""

import modal

MODEL_NAME = "Qwen/Qwen2.5-Coder-7B-Instruct"
MINUTES = 60

image = (
    modal.Image.debian_slim(python_version="3.11")
    .pip_install("vllm==0.6.3", "outlines==0.1.1")
    .pip_install(["fastapi[standard]==0.115.0"])
)
app = modal.App(name="ir-generator", image=image)
weights = modal.Volume.from_name("model-weights", create_if_missing=True)


@app.cls(
    gpu=modal.gpu.A100(count=2, size="80GB"),
    volumes={"/models": weights},
    secrets=[modal.Secret.from_name("huggingface-secret")],
    scaledown_window=5 * MINUTES,
    timeout=10 * MINUTES,
    min_containers=1,
    enable_memory_snapshot=True,
)
@modal.concurrent(max_inputs=12)
class Generator:
    @modal.enter()
    def load(self):
        from vllm import LLM

        self.llm = LLM(model=MODEL_NAME, max_model_len=8192)

    @modal.fastapi_endpoint(method="POST", docs=True)
    def generate(self, request: dict):
        return {"ir_json": {}, "tokens_used": 0}

    @modal.fastapi_endpoint(method="GET", label="warm-it")
    def warmup(self):
        return {"status": "warm"}


@app.function()
@modal.fastapi_endpoint(method="GET")
def health():
    return {"status": "healthy"}
