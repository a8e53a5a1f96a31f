export { FramePipe, KIND } from "./frames.js";
export { servePlugin } from "./serve.js";
