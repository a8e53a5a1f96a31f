export { checkImage, IMAGES as DEFAULT_IMAGES } from "./docker/options.js";
export { writeContainerFiles } from "./docker/write.js";
export { type CostEstimate, estimateCost, gpuNames } from "./gpuCost.js";
export { checkKubernetesOptions } from "./kubernetes/options.js";
export { writeKubernetesFiles } from "./kubernetes/write.js";
export { MODAL_VERSION, type ModalCommandLine, modalCommandLine } from "./modal/commandLine.js";
export {
  costOf,
  type DeployEvent,
  type DeployOptions,
  type DeployReport,
  deployToModal,
} from "./modal/deploy.js";
export {
  type AppStatus,
  type AutoscalerChange,
  appLogs,
  appStatus,
  autoscale,
  describeApp,
  stopApp,
} from "./modal/live.js";
export { type MigrationProposal, proposeMigration } from "./modal/migration/index.js";
export {
  type DeployEngine,
  type DeployMode,
  MODAL_OPTIONS,
  type ModalOption,
  type ModalOptions,
  OPTION_NAMES as MODAL_OPTION_NAMES,
} from "./modal/options/index.js";
export { checkOnlySchedule } from "./modal/reschedule.js";
export { createProxyToken, listSecrets, readSecretWords, setSecret } from "./modal/secrets.js";
export {
  deployedSettings,
  type ModalSettings,
  modalSettings,
  SCALEDOWN_SECONDS,
} from "./modal/settings.js";
export { saveModalOptions } from "./projectConfig.js";
export { warmHoursOfWeek } from "./schedule.js";
