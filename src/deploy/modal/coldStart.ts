import { type ColdStart, ENGINES } from "./engines/index.js";
import type { ModalSettings } from "./settings.js";

/** Bytes per second that engines read from a volume: 65 GB in 43 s, in the measured start. */
const VOLUME_BYTES_PER_SECOND = 1.5e9;

/** Assumed size of weights if unknown: that of a small model. */
const TYPICAL_BYTES = 8e9;

/** Seconds to restore and wake a snapshot; Modal's figures range from 14 to 70. */
const RESTORE_SECONDS = 40;

/**
 * Estimated time of a container's start, in seconds by stage, before any was measured. The first start with a snapshot, which creates it,
 * takes as long as one without.
 */
export function predictColdStart(settings: ModalSettings, weightBytes: number | undefined): ColdStart {
  const weights = (weightBytes ?? TYPICAL_BYTES) / VOLUME_BYTES_PER_SECOND;
  // The GPU's memory is copied to the snapshot and back.
  if (settings.snapshot) return { restoring: RESTORE_SECONDS, weights };
  const { container = 0, ...rest } = ENGINES[settings.engine].coldStart(settings);
  return { container, weights, ...rest };
}

/** The sum of its stages. */
export function predictedSeconds(settings: ModalSettings, weightBytes: number | undefined): number {
  return Object.values(predictColdStart(settings, weightBytes)).reduce((sum, seconds) => sum + seconds, 0);
}
