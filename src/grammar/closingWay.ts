import type { Binary } from "./bytes.js";
import { cutCount, cutOff } from "./goal.js";

/** A short way out of a frame, searched for once and kept as soon as it is sure. */
export class ClosingWay {
  private text: Binary | undefined;
  private state: "new" | "busy" | "done" = "new";

  find(search: () => Binary | undefined): Binary | undefined {
    if (this.state === "done") return this.text;
    if (this.state === "busy") {
      cutOff();
      return undefined;
    }
    const cuts = cutCount();
    let isSure = false;
    this.state = "busy";
    try {
      this.text = search();
      // What failed only because something was under way may yet succeed.
      isSure = this.text !== undefined || cuts === cutCount();
    } finally {
      // Also where the search was broken off.
      this.state = isSure ? "done" : "new";
    }
    return this.text;
  }
}
