/**
 * The document in what a model wrote: without a preceding train of thought, without a Markdown fence, without white space
 * around. Where there is no such wrapping the text stays as it is.
 */
export function unwrapDocument(text: string): string {
  const answer = text.replace(/^\s*<think>[\s\S]*?<\/think>/, "").trim();
  const fenced = /^```(?:json)?[^\S\n]*\n([\s\S]*?)\n?```$/i.exec(answer);
  return fenced === null ? answer : fenced[1].trim();
}
