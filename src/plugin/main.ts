// The program that the Python plug-in starts: the constraint engine on standard input and output.
import { prepareFormats } from "../constraint/index.js";
import { servePlugin } from "./serve.js";

await prepareFormats();
servePlugin(0, 1);
