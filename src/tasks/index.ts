export { type CaseFile, type ExpectationFile, readSuite, type StepFile } from "./caseFiles.js";
export {
  type CodeDocument,
  type CodeLanguage,
  codeRequest,
  codeSchema,
  isCodeDocument,
  renderCode,
} from "./code.js";
export {
  type FunctionIr,
  IR_EFFECTS,
  IR_TYPES,
  type IrType,
  irRequest,
  irSchema,
  isFunctionIr,
} from "./ir.js";
export { type CodeTest, judgeCode } from "./judge/code.js";
export { judgeGold } from "./judge/gold.js";
export { isCorrect, type Judgement } from "./judge/judgement.js";
export { judgeSignature } from "./judge/signature.js";
export { builtInSuite, SUITES } from "./suites/index.js";
export type { Suite, TaskCase, TaskRequest, TaskStep } from "./task.js";
