export { createApp } from "./app.js";
export { DEFAULT_SERVER_CONFIG, type ServerConfig, serverConfig } from "./config.js";
export { type RunningServer, type StartServerOptions, startServer } from "./listen.js";
export { createLog, type Log, type LogLevel } from "./log.js";
export type { App } from "./services.js";
export type { Answer } from "./surfaces/generate/answer.js";
