/** Whether `step` is an array index as in a pointer: no sign, no leading zero. */
export function isIndex(step: string): boolean {
  if (step === "" || step.length > 9 || (step.length > 1 && step.charCodeAt(0) === 48)) return false;
  for (let i = 0; i < step.length; i++) {
    const code = step.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
