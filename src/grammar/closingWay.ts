import type { Rope } from "./rope.js";
import type { Search } from "./search.js";

/** A short way out of a frame, looked for once and kept as soon as it is sure. */
export class ClosingWay {
  private way: Rope | undefined;
  private state: "new" | "busy" | "done" = "new";

  /** Nothing has to be looked for any more. */
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
      // What failed only because something was under way may yet succeed.
      isSure = this.way !== undefined || cuts === search.cuts;
    } finally {
      // Also where the search was broken off.
      this.state = isSure ? "done" : "new";
    }
    return this.way;
  }
}
