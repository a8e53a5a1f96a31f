import type { MiddlewareHandler } from "hono";
import type { Engine } from "../engine/index.js";
import type { BodyBudget } from "./bodyBudget.js";
import type { AppEnvironment } from "./services.js";

/**
 * Checks limits before a body is read: a request that could not be queued, or whose body exceeds the budget, is rejected immediately.
 * The share of the budget is held until the request is answered.
 */
export function admit(budget: BodyBudget, engine: Engine): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    if (context.req.method !== "POST") return next();
    engine.checkCapacity?.();
    const share = budget.enter();
    context.set("body", share);
    try {
      await next();
    } finally {
      const streamed = context.get("streamed");
      if (streamed === undefined) share.leave();
      else void streamed.then(share.leave);
    }
  };
}
