export type { RemoteEngineOptions, RemoteTimeouts } from "./options.js";
export { createRemoteEngine } from "./remoteEngine.js";
