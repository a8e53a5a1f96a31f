import { bodyOf, readBody } from "../../body.js";
import { listedNames, requireServed } from "../../models.js";
import type { App, Services } from "../../services.js";
import { withoutTag } from "./read.js";

const DETAILS = {
  parent_model: "",
  format: "gguf",
  family: "",
  families: [],
  parameter_size: "",
  quantization_level: "",
};

const KEPT_MS = 24 * 3_600_000;

/** The version of Ollama whose API these routes have: clients refuse to work with an older one than they need. */
const OLLAMA_VERSION = "0.12.11";

/** Facts of a model are members named after its architecture. */
const ARCHITECTURE = "formwork";

/** Routes that Ollama's clients query before they generate: models, loaded models, one model, version. */
export function addOllamaModelRoutes(app: App, { engine, config }: Services): void {
  const modified_at = new Date().toISOString();
  const names = () => listedNames(engine.status(), config.servedModelNames);
  app.get("/api/tags", (context) =>
    context.json({
      models: names().map((name) => ({
        name,
        model: name,
        modified_at,
        size: 0,
        digest: "",
        details: DETAILS,
      })),
    }),
  );
  app.get("/api/ps", (context) => {
    const { modelLoaded, model } = engine.status();
    const loaded = { name: model, model, size: 0, size_vram: 0, digest: "", details: DETAILS };
    // Clients require a time, but the server has no fixed time of unloading.
    const expires_at = new Date(Date.now() + KEPT_MS).toISOString();
    return context.json({ models: modelLoaded ? [{ ...loaded, expires_at }] : [] });
  });
  app.get("/api/version", (context) => context.json({ version: OLLAMA_VERSION, formwork: config.version }));
  app.post("/api/show", async (context) => {
    const fields = await readBody(bodyOf(context), config.bodyLimitBytes);
    const name = withoutTag(fields.string("model") ?? fields.string("name") ?? "");
    requireServed(name, engine.status(), config.servedModelNames);
    const { model, contextLength } = engine.status();
    return context.json({
      modified_at,
      details: DETAILS,
      model_info: {
        "general.name": model,
        "general.architecture": ARCHITECTURE,
        ...(contextLength !== undefined && { [`${ARCHITECTURE}.context_length`]: contextLength }),
      },
      capabilities: ["completion", "tools"],
    });
  });
}
