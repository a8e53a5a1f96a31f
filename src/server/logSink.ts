import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/** Destination of log lines. `write` never blocks. */
export interface LogSink {
  /** Writes one line, including its line break; returns false if it was dropped. */
  write(line: string): boolean;
}

/** Maximum bytes buffered for a slow reader of a socket before lines are dropped. */
const MAX_WAITING_BYTES = 1 << 20;

/**
 * The sink for a file descriptor. A log without a reader must not block the server, so a full pipe drops lines:
 *
 * | descriptor | how it is written |
 * |---|---|
 * | file | synchronously |
 * | pipe or terminal (Linux) | through a separate open file description in non-blocking mode, which does not affect others that share the pipe |
 * | anything else | asynchronously, with a bounded buffer |
 */
export function openLogSink(descriptor: number): LogSink {
  const kind = fstatSync(descriptor);
  if (kind.isFile()) return { write: (line) => tryWrite(descriptor, line) };
  if (process.platform === "linux" && (kind.isFIFO() || kind.isCharacterDevice())) {
    try {
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
      return new PipeSink(openSync(`/proc/self/fd/${descriptor}`, flags));
    } catch {
      // Without /proc: as on other systems.
    }
  }
  return new SocketSink(descriptor);
}

/** A descriptor in non-blocking mode. A pipe may accept a part of a line: the rest is written before the next one. */
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

  /** The rest that did not fit, if any. */
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
