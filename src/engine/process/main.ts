import { runChild } from "./child.js";
import { loadLlama } from "./loadLlama.js";

runChild(loadLlama);
