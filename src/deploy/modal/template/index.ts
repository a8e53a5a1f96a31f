export { renderApp } from "./app.js";
export { DOWNLOAD_NAME, SUPPORT_FOLDER } from "./names.js";
export { type DeployedApp, deployedAs } from "./record.js";
