import type { Binary } from "./bytes.js";
import type { Search } from "./search.js";

/** A short way out of a frame, looked for once and kept as soon as it is sure. */
export class ClosingWay {
  private text: Binary | undefined;
  private state: "new" | "busy" | "done" = "new";

  find(search: Search, lookFor: () => Binary | undefined): Binary | undefined {
    if (this.state === "done") return this.text;
    if (this.state === "busy") {
      search.cutOff();
      return undefined;
    }
    const { cuts } = search;
    let isSure = false;
    this.state = "busy";
    try {
      this.text = lookFor();
      // What failed only because something was under way may yet succeed.
      isSure = this.text !== undefined || cuts === search.cuts;
    } finally {
      // Also where the search was broken off.
      this.state = isSure ? "done" : "new";
    }
    return this.text;
  }
}
