import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { meantPath, requestPath } from "./paths.js";

const app = new Hono({ getPath: requestPath });
app.get("/", (context) => context.text("page"));
app.get("/v1/models", (context) => context.text("list"));
app.get("/v1/models/:id{.+}", (context) => context.text(`one ${context.req.param("id")}`));
app.post("/v1/chat/completions", (context) => context.text(context.req.path));
app.post("/api/chat", (context) => context.text(context.req.path));

describe("paths", () => {
  it.each([
    ["GET", "/", "page"],
    ["GET", "//", "page"],
    ["GET", "/v1/models/", "list"],
    ["GET", "/v1//models", "list"],
    ["GET", "/v1/models/org/name", "one org/name"],
    ["GET", "/v1/models/org%2Fname/", "one org/name"],
    ["POST", "/v1/chat/completions/", "/v1/chat/completions"],
    ["POST", "//v1/chat//completions?x=a//b/", "/v1/chat/completions"],
  ])("are joined with any number of slashes: %s %s", async (method, path, text) => {
    const answer = await app.request(new Request(`http://localhost${path}`, { method }));
    expect(await answer.text()).toBe(text);
  });

  it("of unknown routes name the one that was meant", () => {
    expect(meantPath("/chat/completions", app.routes)).toBe("/v1/chat/completions");
    expect(meantPath("/v1/v1/chat/completions", app.routes)).toBe("/v1/chat/completions");
    expect(meantPath("/v1/api/chat", app.routes)).toBe("/api/chat");
    expect(meantPath("/v1/embeddings", app.routes)).toBeUndefined();
    expect(meantPath("/v1", app.routes)).toBeUndefined();
  });
});
