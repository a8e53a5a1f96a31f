// A scripted thread. From `dist`, as threads run compiled code.
import { FormworkError } from "../../../dist/errors.js";
import { answerCalls } from "../../../dist/system/workerCalls.js";

let notes = 0;

answerCalls(({ type, value }) => {
  if (type === "echo") return value;
  if (type === "note") return ++notes;
  if (type === "refuse") throw new FormworkError("unsupported_schema", "No.", { pointer: "/a" });
  if (type === "exit") process.exit(1);
  if (type === "spin") for (;;);
  if (type === "work") for (const end = performance.now() + value; performance.now() < end; );
});
