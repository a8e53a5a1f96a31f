/** Maximum number of requirements per object: they are bits of a number. */
export const MAX_SOME_REQUIREMENTS = 30;
/** Maximum number of different requirements for which every way to count a key is followed separately. */
const MAX_DISTINGUISHED = 6;

/** Requirements of the form "some property of a class has such a value", as bits. */
export class SomeRequirements {
  /** All of them. */
  readonly all: number;
  /** Those satisfied by any value: a key of the class counts without a choice. */
  private readonly free: number;
  /** The others, grouped by their demand on the value. */
  private readonly alike: readonly number[];
  private readonly known = new Map<number, readonly number[]>();

  /** `kinds`: by requirement, the number of its demand on the value; -1 if any value satisfies it. */
  constructor(kinds: readonly number[]) {
    this.all = (1 << kinds.length) - 1;
    let free = 0;
    const alike = new Map<number, number>();
    kinds.forEach((kind, i) => {
      if (kind < 0) free |= 1 << i;
      else alike.set(kind, (alike.get(kind) ?? 0) | (1 << i));
    });
    this.free = free;
    this.alike = [...alike.values()];
  }

  /**
   * The ways to count a key to which the open requirements `open` apply, the fullest first. If there would be too many, a key counts
   * for all, for one kind, or for none: this omits alternatives but admits nothing invalid.
   */
  countings(open: number): readonly number[] {
    let found = this.known.get(open);
    if (found === undefined) this.known.set(open, (found = this.findCountings(open)));
    return found;
  }

  private findCountings(open: number): readonly number[] {
    const base = open & this.free;
    const groups: number[] = [];
    for (const group of this.alike) if ((group & open) !== 0) groups.push(group & open);
    if (groups.length > MAX_DISTINGUISHED) return [open, ...groups.map((group) => base | group), base];
    const found: number[] = [];
    for (let subset = (1 << groups.length) - 1; subset >= 0; subset--) {
      let bits = base;
      for (let i = 0; i < groups.length; i++) if (((subset >> i) & 1) === 1) bits |= groups[i];
      found.push(bits);
    }
    return found;
  }
}
