/**
 * The document in a model's output, without preceding reasoning, a Markdown fence or surrounding white space. Other text remains
 * unchanged.
 */
export function unwrapDocument(text: string): string {
  const answer = text.replace(/^\s*<think>[\s\S]*?<\/think>/, "").trim();
  const fenced = /^```(?:json)?[^\S\n]*\n([\s\S]*?)\n?```$/i.exec(answer);
  return fenced === null ? answer : fenced[1].trim();
}
