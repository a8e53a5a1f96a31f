export {
  type EngineLog,
  type EngineOptions,
  type LoadSettings,
  type NormalisedOptions,
  normaliseOptions,
} from "./normalise.js";
export type { EngineOption, OptionValue } from "./option.js";
export { ENGINE_OPTIONS, engineOption, OPTION_NAMES, type OptionName } from "./table.js";
