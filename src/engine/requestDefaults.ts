/** What a request gets that does not say: the same for every route, the command line and the library. */
export const REQUEST_DEFAULTS = { maxTokens: 2048, temperature: 0.3, topP: 0.95 } as const;
