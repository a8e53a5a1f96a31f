import { aiSdk } from "./aiSdk.js";
import { curl } from "./curl.js";
import { python } from "./python.js";
import type { Snippet } from "./snippet.js";
import { typescript } from "./typescript.js";

export type { Snippet, SnippetSite } from "./snippet.js";

/** By the values of the page's tabs. */
export const SNIPPETS = { curl, python, typescript, aiSdk } as const satisfies Record<string, Snippet>;

export type SnippetName = keyof typeof SNIPPETS;
