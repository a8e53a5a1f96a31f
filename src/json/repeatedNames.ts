import { pointerTo } from "./pointer.js";
import { endOfString } from "./scan.js";

/** Characters searched before the caller goes on: about a millisecond. */
const PIECE_CHARACTERS = 32 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** An open object with the names so far, or an open array with the number of complete items. */
interface Open {
  names: Set<string> | undefined;
  /** The name or index of the current part. */
  step: string | number;
}

/**
 * Searches `text`, which must be valid JSON, for an object that has a name more than once, at any depth; escapes are resolved. Readers
 * differ in which value they take. Yields after each piece of a long text, and returns the pointer of the first repeated member.
 */
export function* searchRepeatedName(text: string): Generator<undefined, string | undefined> {
  const open: Open[] = [];
  let isName = false;
  let pause = PIECE_CHARACTERS;
  for (let at = 0; at < text.length; at++) {
    if (at > pause) {
      yield;
      pause = at + PIECE_CHARACTERS;
    }
    const top = open[open.length - 1];
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (isName && !enter(top, text.slice(at + 1, end - 1))) return pointerOf(open);
        isName = false;
        at = end - 1;
        break;
      }
      case COMMA:
        isName = top.names !== undefined;
        if (typeof top.step === "number") top.step++;
        break;
      case OPEN_OBJECT:
        open.push({ names: new Set(), step: "" });
        isName = true;
        break;
      case OPEN_ARRAY:
        open.push({ names: undefined, step: 0 });
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        isName = false;
        break;
    }
  }
  return undefined;
}

/** Adds a name as written. Returns false if the object has it. */
function enter(object: Open, written: string): boolean {
  const name = written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
  object.step = name;
  const names = object.names as Set<string>;
  const { size } = names;
  return names.add(name).size > size;
}

function pointerOf(open: readonly Open[]): string {
  return open.reduce((pointer, { step }) => pointerTo(pointer, step), "");
}
