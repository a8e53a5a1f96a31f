// The program that the Python side starts: the constraint engine on standard input and output.
import { servePlugin } from "./serve.js";

servePlugin(0, 1);
