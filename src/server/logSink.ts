import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/** Where log lines go. `write` returns at once, whatever the reader does. */
export interface LogSink {
  /** Takes one line, its line break included; false where it was dropped. */
  write(line: string): boolean;
}

/** Bytes that may wait for a slow reader of a socket before lines are dropped. */
const MAX_WAITING_BYTES = 1 << 20;

/**
 * The sink for a file descriptor. A log that nobody reads must not stop a server, so a full pipe drops lines:
 *
 * | descriptor | how it is written |
 * |---|---|
 * | file | synchronously: a disk takes what it gets |
 * | pipe or terminal (Linux) | through a description of its own that is in non-blocking mode; others who share the pipe keep theirs |
 * | anything else | asynchronously, with a bound on what waits |
 */
export function openLogSink(descriptor: number): LogSink {
  const kind = fstatSync(descriptor);
  if (kind.isFile()) return { write: (line) => tryWrite(descriptor, line) };
  if (process.platform === "linux" && (kind.isFIFO() || kind.isCharacterDevice())) {
    try {
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
      return new PipeSink(openSync(`/proc/self/fd/${descriptor}`, flags));
    } catch {
      // No /proc here: as anywhere else.
    }
  }
  return new SocketSink(descriptor);
}

/** A descriptor in non-blocking mode. A pipe may take a part of a line: the rest is written before the next one. */
class PipeSink implements LogSink {
  private readonly descriptor: number;
  private rest: Buffer | undefined;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
    process.once("exit", () => closeSync(descriptor));
  }

  write(line: string): boolean {
    if (this.rest !== undefined) {
      this.rest = this.put(this.rest);
      if (this.rest !== undefined) return false;
    }
    const bytes = Buffer.from(line);
    const left = this.put(bytes);
    if (left === undefined) return true;
    if (left.length === bytes.length) return false;
    this.rest = left;
    return true;
  }

  /** What did not fit; undefined where all did. */
  private put(bytes: Buffer): Buffer | undefined {
    try {
      const written = writeSync(this.descriptor, bytes);
      return written === bytes.length ? undefined : bytes.subarray(written);
    } catch {
      return bytes;
    }
  }
}

class SocketSink implements LogSink {
  private readonly socket: Socket | undefined;

  constructor(descriptor: number) {
    try {
      this.socket = new Socket({ fd: descriptor, readable: false, writable: true });
      this.socket.on("error", () => {});
      this.socket.unref();
    } catch {
      this.socket = undefined;
    }
  }

  write(line: string): boolean {
    const { socket } = this;
    if (socket === undefined || !socket.writable || socket.writableLength > MAX_WAITING_BYTES) return false;
    socket.write(line);
    return true;
  }
}

function tryWrite(descriptor: number, line: string): boolean {
  try {
    return writeSync(descriptor, line) === Buffer.byteLength(line);
  } catch {
    return false;
  }
}
