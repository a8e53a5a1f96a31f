import { type ColdStart, ENGINES } from "./engines/index.js";
import type { ModalSettings } from "./settings.js";

/** Bytes a second that engines read from a volume: 65 GB in 43 s, in the start that was measured. */
const VOLUME_BYTES_PER_SECOND = 1.5e9;

/** Weights where nobody knows their size: those of a small model. */
const TYPICAL_BYTES = 8e9;

/** Seconds to restore a snapshot and wake what is in it; Modal's own figures range from 14 to 70. */
const RESTORE_SECONDS = 40;

/**
 * What the start of a container is expected to take, in seconds by stage, before any was measured. The first start with a
 * snapshot, which makes it, takes as long as one without.
 */
export function predictColdStart(settings: ModalSettings, weightBytes: number | undefined): ColdStart {
  const weights = (weightBytes ?? TYPICAL_BYTES) / VOLUME_BYTES_PER_SECOND;
  // What is on the GPU goes into the snapshot and out of it again.
  if (settings.snapshot) return { restoring: RESTORE_SECONDS, weights };
  const { container = 0, ...rest } = ENGINES[settings.engine].coldStart(settings);
  return { container, weights, ...rest };
}

/** The sum of its stages. */
export function predictedSeconds(settings: ModalSettings, weightBytes: number | undefined): number {
  return Object.values(predictColdStart(settings, weightBytes)).reduce((sum, seconds) => sum + seconds, 0);
}
