import type { MaskFigures } from "../../results.js";
import { figuresOf, Samples } from "./samples.js";

/** What one engine did with the cases: how many ended how, and its times in microseconds. */
export class Tally {
  readonly maskTimes = new Samples();
  readonly firstMaskTimes = new Samples();
  readonly counts = {
    schemas: 0,
    passing: 0,
    compile_errors: 0,
    validation_errors: 0,
    invalidation_errors: 0,
    timeouts: 0,
  };

  figures(engine: string): MaskFigures {
    return {
      engine,
      ...this.counts,
      masks: this.maskTimes.length,
      mask_us: figuresOf(this.maskTimes),
      ttfm_us: figuresOf(this.firstMaskTimes),
    };
  }
}
