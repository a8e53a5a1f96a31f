import type { Rope } from "./rope.js";
import type { Search } from "./search.js";

/** A short ending of a frame, cached when it is final. */
export class ClosingWay {
  private way: Rope | undefined;
  private state: "new" | "busy" | "done" = "new";

  /** Whether the search is complete. */
  get isKnown(): boolean {
    return this.state === "done";
  }

  find(search: Search, lookFor: () => Rope | undefined): Rope | undefined {
    if (this.state === "done") return this.way;
    if (this.state === "busy") {
      search.cutOff();
      return undefined;
    }
    const { cuts } = search;
    let isSure = false;
    this.state = "busy";
    try {
      this.way = lookFor();
      // A failure that depends on a search in progress may succeed later.
      isSure = this.way !== undefined || cuts === search.cuts;
    } finally {
      // Also after the search was interrupted.
      this.state = isSure ? "done" : "new";
    }
    return this.way;
  }
}
