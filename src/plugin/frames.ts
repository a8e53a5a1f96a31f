import { readSync, writeSync } from "node:fs";
import { FormworkError } from "../errors.js";

/**
 * The format of messages on the pipe, in both directions, little endian:
 *
 *   u32 length of the payload | u32 kind | payload
 *
 * A request is answered before the next one is read. `step` and `validate` carry words (u32), the others JSON. The kind
 * of an answer is `ANSWER`, or `ERROR` with an error body as JSON. `python/formwork_plugin/service.py` is the other end.
 */
export const KIND = { init: 1, compile: 2, step: 3, validate: 4, forget: 5, statistics: 6 } as const;
export const ANSWER = 0;
export const ERROR = 1;

const HEADER_BYTES = 8;
/** Maximum length of a frame: many times the largest known tokenizer file. */
const MAX_PAYLOAD_BYTES = 256 << 20;

export interface Frame {
  kind: number;
  /** Valid until the next frame is read; starts at a multiple of four bytes. */
  payload: Buffer;
}

/** Frames over two file descriptors, with blocking reads and writes: one system call per side and message. */
export class FramePipe {
  private readonly input: number;
  private readonly output: number;
  private buffer = Buffer.from(new ArrayBuffer(1 << 16));
  private filled = 0;
  private taken = 0;

  constructor(input: number, output: number) {
    this.input = input;
    this.output = output;
  }

  /** The next frame; undefined if the other side has closed the pipe. */
  read(): Frame | undefined {
    this.buffer.copyWithin(0, this.taken, this.filled);
    this.filled -= this.taken;
    this.taken = 0;
    if (!this.fill(HEADER_BYTES)) return undefined;
    const length = this.buffer.readUInt32LE(0);
    if (length > MAX_PAYLOAD_BYTES) {
      throw new FormworkError(
        "invalid_request",
        `A frame of ${length} bytes; ${MAX_PAYLOAD_BYTES} is the limit.`,
      );
    }
    if (!this.fill(HEADER_BYTES + length)) return undefined;
    this.taken = HEADER_BYTES + length;
    return {
      kind: this.buffer.readUInt32LE(4),
      payload: this.buffer.subarray(HEADER_BYTES, HEADER_BYTES + length),
    };
  }

  /** Returns false if the other side has closed the pipe. */
  write(kind: number, payload: Uint8Array): boolean {
    const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
    frame.writeUInt32LE(payload.length, 0);
    frame.writeUInt32LE(kind, 4);
    frame.set(payload, HEADER_BYTES);
    try {
      for (let at = 0; at < frame.length; ) at += writeSync(this.output, frame, at, frame.length - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EPIPE") return false;
      throw error;
    }
    return true;
  }

  /** Reads exactly `count` bytes; returns false at the end of the input. */
  private fill(count: number): boolean {
    if (count > this.buffer.length) {
      const larger = Buffer.from(new ArrayBuffer(2 ** Math.ceil(Math.log2(count))));
      this.buffer.copy(larger, 0, 0, this.filled);
      this.buffer = larger;
    }
    while (this.filled < count) {
      const read = readSync(this.input, this.buffer, this.filled, this.buffer.length - this.filled, null);
      if (read === 0) return false;
      this.filled += read;
    }
    return true;
  }
}

/** The payload of a frame as words, without a copy. */
export function wordsOf(payload: Buffer): Uint32Array {
  return new Uint32Array(payload.buffer, payload.byteOffset, payload.length >>> 2);
}
