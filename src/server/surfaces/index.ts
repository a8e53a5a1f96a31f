import type { App, Services } from "../services.js";
import { chatSurface } from "./chat/index.js";
import { completionsSurface } from "./completions/index.js";
import { generateSurface } from "./generate/index.js";
import { addCountTokensRoute } from "./messages/countTokens.js";
import { messagesSurface } from "./messages/index.js";
import { ollamaChatSurface, ollamaGenerateSurface } from "./ollama/index.js";
import { addOllamaModelRoutes } from "./ollama/modelRoutes.js";
import { addModelRoutes } from "./openai/modelRoutes.js";
import { responsesSurface } from "./responses/index.js";
import { addGenerationRoute } from "./route.js";

/** All surfaces. */
export function addSurfaces(app: App, services: Services): void {
  const generate = generateSurface(services.config.aliases);
  addGenerationRoute(app, services, "/generate", generate);
  // Clients configured with one URL per endpoint post to `/`.
  addGenerationRoute(app, services, "/", generate);
  addGenerationRoute(app, services, "/v1/chat/completions", chatSurface);
  addGenerationRoute(app, services, "/v1/responses", responsesSurface);
  addGenerationRoute(app, services, "/v1/completions", completionsSurface);
  addGenerationRoute(app, services, "/v1/messages", messagesSurface);
  addGenerationRoute(app, services, "/api/chat", ollamaChatSurface);
  addGenerationRoute(app, services, "/api/generate", ollamaGenerateSurface);
  addCountTokensRoute(app, services);
  addModelRoutes(app, services);
  addOllamaModelRoutes(app, services);
}
