import { toFormworkError } from "../../../errors.js";
import { Container } from "./container.js";
import { listenForSteps } from "./control.js";
import { containerSettings } from "./settings.js";

// The container's program. The generated app starts it and triggers each step.
try {
  const settings = containerSettings(process.env);
  const container = new Container(settings);
  const { server, port } = await listenForSteps(container, settings.controlPort);
  console.log(`formwork container: waiting for steps on 127.0.0.1:${port}`);
  const leave = () => {
    void container.drain().finally(() => {
      server.close();
      server.closeAllConnections();
    });
  };
  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);
} catch (thrown) {
  console.error(`formwork container: ${toFormworkError(thrown).message}`);
  process.exitCode = 1;
}
