/** Counters of the scheduler since its start. Times are sums in microseconds. */
export interface SchedulerCounters {
  /** Finished with a document. */
  requests: number;
  failures: number;
  cancellations: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
  masks: number;
  maskMicroseconds: number;
  /** Inside the runtime's `decode`. */
  decodeMicroseconds: number;
  /** All of `step`, including `decode`. */
  stepMicroseconds: number;
  steps: number;
  /** Preemptions: running requests that had to free their cells and process their text again. */
  preemptions: number;
  /** Documents that exceeded the limits of this thread and moved to the slow lane. */
  slowLane: number;
  /** Draft tokens, and accepted draft tokens. */
  draftedTokens: number;
  draftedRight: number;
}

export function newCounters(): SchedulerCounters {
  return {
    requests: 0,
    failures: 0,
    cancellations: 0,
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    forcedTokens: 0,
    masks: 0,
    maskMicroseconds: 0,
    decodeMicroseconds: 0,
    stepMicroseconds: 0,
    steps: 0,
    preemptions: 0,
    slowLane: 0,
    draftedTokens: 0,
    draftedRight: 0,
  };
}
