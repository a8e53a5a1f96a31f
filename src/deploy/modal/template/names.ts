/** The folder beside the app file that holds what goes into the image: the lock and Formwork itself. */
export const SUPPORT_FOLDER = ".formwork";

/** The port that Modal forwards to, and the one on which the container's program takes its steps. */
export const PUBLIC_PORT = 8000;
export const CONTROL_PORT = 8200;

/** Names in the generated app that other parts of Formwork look up. */
export const SERVER_NAME = "Inference";
export const HEALTH_NAME = "health";
export const DOWNLOAD_NAME = "download";
