export { checkTimeZone, invalid, OptionReader } from "./reader.js";
export {
  type DeployEngine,
  type DeployMode,
  MODAL_OPTIONS,
  type ModalOption,
  type ModalOptions,
  modalOption,
  OPTION_NAMES,
  type OptionName,
} from "./table.js";
