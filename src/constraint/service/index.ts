export { Grammars } from "./grammars.js";
export { keepTables } from "./keptTables.js";
export type {
  CompileReport,
  ConstraintService,
  ConstraintSource,
  MatcherState,
  MatcherStep,
  ServedMatcher,
  ServiceSettings,
  ServiceStatistics,
} from "./service.js";
export { DEFAULT_SERVICE_SETTINGS, WorkerService } from "./workerService.js";
