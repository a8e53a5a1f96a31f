import { pointerTo } from "./pointer.js";
import { RepeatedNameError } from "./syntax.js";

/** The names so far of the objects that are open in a text, and the way to the current part. */
export class OpenNames {
  /** Of each open object; undefined for an array. */
  private readonly names: (Set<string> | undefined)[] = [];
  /** The current name or index in each. */
  private readonly steps: (string | number)[] = [];

  /** An object or an array begins. */
  begin(isObject: boolean): void {
    this.names.push(isObject ? new Set() : undefined);
    this.steps.push(0);
  }

  end(): void {
    this.names.pop();
    this.steps.pop();
  }

  nextItem(): void {
    (this.steps[this.steps.length - 1] as number)++;
  }

  /** A name as written, quotes included. Throws `RepeatedNameError` if the object has it. */
  enter(written: string): void {
    const name = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
    const last = this.names.length - 1;
    const own = this.names[last]!;
    const { size } = own;
    this.steps[last] = name;
    if (own.add(name).size === size) {
      throw new RepeatedNameError(this.steps.reduce<string>((pointer, step) => pointerTo(pointer, step), ""));
    }
  }
}
