export type { ServerOption, ServerOptionValue } from "./option.js";
export { SERVER_OPTION_ENTRIES, SERVER_OPTIONS, type ServerOptionName } from "./table.js";
