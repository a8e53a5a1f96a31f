import { FormworkError } from "../../../errors.js";
import { isServedName, listedNames } from "../../models.js";
import type { App, Services } from "../../services.js";

/** `/v1/models`: the served model under each of its names. */
export function addModelRoutes(app: App, { engine, config }: Services): void {
  const created = Math.floor(Date.now() / 1000);
  const describe = (id: string) => {
    const { contextLength } = engine.status();
    return {
      id,
      object: "model",
      created,
      owned_by: "formwork",
      // vLLM's name for it, by which agents size their requests.
      ...(contextLength !== undefined && { max_model_len: contextLength }),
    };
  };
  app.get("/v1/models", (context) =>
    context.json({
      object: "list",
      data: listedNames(engine.status(), config.servedModelNames).map(describe),
    }),
  );
  app.get("/v1/models/:id{.+}", (context) => {
    const id = context.req.param("id");
    const { servedModelNames } = config;
    if (!listedNames(engine.status(), servedModelNames).includes(id) && !isServedName(id, servedModelNames)) {
      throw new FormworkError("unknown_model", `The model ${id.slice(0, 200)} is not served here.`);
    }
    return context.json(describe(id));
  });
}
