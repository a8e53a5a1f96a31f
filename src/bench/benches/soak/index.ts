export { benchSoak, type SoakOptions, type SoakResults } from "./bench.js";
export { soakFaults, soakText } from "./text.js";
