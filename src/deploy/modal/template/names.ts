/** The folder next to the app file with the content of the image: lock file and Formwork. */
export const SUPPORT_FOLDER = ".formwork";

/** The port that Modal forwards to, and the control port of the container's program. */
export const PUBLIC_PORT = 8000;
export const CONTROL_PORT = 8200;

/** Names in the generated app that other code refers to. */
export const SERVER_NAME = "Inference";
export const HEALTH_NAME = "health";
export const DOWNLOAD_NAME = "download";
