/** Lines of context around a change. */
const CONTEXT = 3;

type Step = { kind: " " | "-" | "+"; text: string };

/**
 * The differences between `before` and `after` in unified format, or an empty string. For files of some hundred lines: time and memory
 * grow with the product of the two lengths.
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return "";
  const steps = lineSteps(splitLines(before), splitLines(after));
  const output = [`--- ${name}`, `+++ ${name} (new)`];
  let oldLine = 1;
  let newLine = 1;
  for (let index = 0; index < steps.length; ) {
    if (steps[index]!.kind === " ") {
      oldLine++;
      newLine++;
      index++;
      continue;
    }
    const start = Math.max(0, index - CONTEXT);
    const end = hunkEnd(steps, index);
    const hunk = steps.slice(start, end);
    const oldCount = hunk.filter((step) => step.kind !== "+").length;
    const newCount = hunk.filter((step) => step.kind !== "-").length;
    const lead = index - start;
    output.push(`@@ -${range(oldLine - lead, oldCount)} +${range(newLine - lead, newCount)} @@`);
    for (const step of hunk) output.push(step.kind + step.text);
    oldLine += oldCount - lead;
    newLine += newCount - lead;
    index = end;
  }
  return output.join("\n") + "\n";
}

/** Start and length of a hunk; an empty one refers to the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

/** One past the last line of the hunk that the change at `index` belongs to. */
function hunkEnd(steps: readonly Step[], index: number): number {
  let lastChange = index;
  for (let next = index + 1; next < steps.length && next - lastChange <= 2 * CONTEXT; next++) {
    if (steps[next]!.kind !== " ") lastChange = next;
  }
  return Math.min(steps.length, lastChange + CONTEXT + 1);
}

/** The shortest edit script between two lists of lines, by the longest common subsequence. */
function lineSteps(before: readonly string[], after: readonly string[]): Step[] {
  const width = after.length + 1;
  // common[i * width + j]: length of the longest common subsequence of before[i ...] and after[j ...].
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const steps: Step[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      steps.push({ kind: " ", text: before[i++]! });
      j++;
    } else if (
      j >= after.length ||
      (i < before.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    ) {
      steps.push({ kind: "-", text: before[i++]! });
    } else {
      steps.push({ kind: "+", text: after[j++]! });
    }
  }
  return steps;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
