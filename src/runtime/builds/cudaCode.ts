/**
 * Reads from a CUDA library's file for which GPUs and drivers it was compiled. The device code is in the ELF section `.nv_fatbin`: one
 * region per object file, each with a header and entries, each entry with a header and the code.
 *
 * | region | | entry | |
 * |---|---|---|---|
 * | 0 | magic, 32 bits | 0 | kind, 16 bits: 1 is PTX, 2 machine code |
 * | 6 | bytes of this header, 16 bits | 4 | bytes of this header, 32 bits |
 * | 8 | bytes of the entries, 64 bits | 8 | bytes of the code, 64 bits |
 * | | | 24, 26 | minor and major number of the PTX language, 16 bits each |
 * | | | 28 | architecture, 32 bits: 90 is sm_90 |
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type CudaDriver, spelled } from "./cudaDriver.js";

/** One kind of device code in a library. */
export interface CudaCode {
  /** Machine code runs as it is; PTX is compiled by the driver, which has to know the release that wrote it. */
  kind: "machine" | "ptx";
  /** 90 is sm_90. */
  architecture: number;
  /** For PTX, the CUDA release that introduced its version, as drivers count: 13010 is 13.1. 0 for machine code. */
  release: number;
}

const MAGIC = 0xba55ed50;
const PTX = 1;
const MACHINE = 2;
/** Maximum gap between two regions in bytes. */
const MAX_PADDING = 512;

/** The kinds of code in the library at `path`; null if the file cannot be analysed. */
export function cudaCodeOf(path: string): CudaCode[] | null {
  const file = openSync(path, "r");
  try {
    const section = sectionNamed(file, ".nv_fatbin");
    return section === null ? null : codeIn(file, section.offset, section.bytes);
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

function bytesAt(file: number, offset: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  if (readSync(file, bytes, 0, count, offset) !== count) throw new RangeError("the file ends there");
  return bytes;
}

/** A section of a 64-bit little-endian ELF file. */
function sectionNamed(file: number, name: string): { offset: number; bytes: number } | null {
  const header = bytesAt(file, 0, 64);
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return null;
  const start = Number(header.readBigUInt64LE(0x28));
  const size = header.readUInt16LE(0x3a);
  const count = header.readUInt16LE(0x3c);
  const table = bytesAt(file, start, size * count);
  const field = (section: number, at: number) => Number(table.readBigUInt64LE(section * size + at));
  const names = header.readUInt16LE(0x3e);
  const spellings = bytesAt(file, field(names, 0x18), field(names, 0x20));
  for (let section = 0; section < count; section++) {
    const at = table.readUInt32LE(section * size);
    if (spellings.toString("latin1", at, at + name.length + 1) === `${name}\0`) {
      return { offset: field(section, 0x18), bytes: field(section, 0x20) };
    }
  }
  return null;
}

function codeIn(file: number, offset: number, bytes: number): CudaCode[] {
  const found = new Map<string, CudaCode>();
  const end = offset + bytes;
  let padding = 0;
  for (let at = offset; at + 16 <= end; ) {
    const region = bytesAt(file, at, 16);
    if (region.readUInt32LE(0) !== MAGIC) {
      padding += 8;
      if (padding > MAX_PADDING) throw new RangeError("the section is of another format");
      at += 8;
      continue;
    }
    padding = 0;
    let entry = at + region.readUInt16LE(6);
    at = entry + Number(region.readBigUInt64LE(8));
    while (entry + 32 <= at) {
      const header = bytesAt(file, entry, 32);
      const code = codeOf(header);
      if (code !== null) found.set(JSON.stringify(code), code);
      entry += header.readUInt32LE(4) + Number(header.readBigUInt64LE(8));
    }
  }
  return [...found.values()];
}

function codeOf(header: Buffer): CudaCode | null {
  const kind = header.readUInt16LE(0);
  const architecture = header.readUInt32LE(28);
  if (kind === MACHINE) return { kind: "machine", architecture, release: 0 };
  if (kind !== PTX) return null;
  return {
    kind: "ptx",
    architecture,
    release: releaseOfPtx(header.readUInt16LE(26), header.readUInt16LE(24)),
  };
}

/** The CUDA release that introduced a version of PTX (PTX ISA, "Release Notes"): 9.1 came with 13.1, 8.7 with 12.8. */
function releaseOfPtx(major: number, minor: number): number {
  const later = major === 8 && minor > 5 ? 1 : 0;
  return (major + 4) * 1000 + (minor + later) * 10;
}

/** Explains why `driver` cannot run `code`; null if it can, on at least one device. */
export function refusalOf(code: readonly CudaCode[], driver: CudaDriver): string | null {
  if (driver.devices.length === 0) return "the driver has no GPU";
  const newest = Math.max(0, ...code.map(({ release }) => release));
  const { version, devices } = driver;
  // The runtime library has the same major version as the compiler.
  if (Math.floor(newest / 1000) > Math.floor(version / 1000)) {
    return `it needs a driver for CUDA ${Math.floor(newest / 1000)}, and this one runs ${spelled(version)}`;
  }
  if (devices.some(({ capability }) => code.some((one) => fits(one, capability, version)))) return null;
  const [{ name, capability }] = devices;
  const machine = architectures(code, "machine");
  const held = machine === "" ? "" : `machine code for ${machine} and `;
  return (
    `it holds ${held}PTX of ${spelled(newest)} for ${architectures(code, "ptx")}; ` +
    `the driver, of ${spelled(version)}, cannot make code of either for ${name} (${dotted(capability)})`
  );
}

function fits({ kind, architecture, release }: CudaCode, capability: number, version: number): boolean {
  if (kind === "ptx") return architecture <= capability && release <= version;
  // From 9.0, libraries use architecture-specific features (`90a`) that no other architecture has.
  if (architecture >= 90) return architecture === capability;
  return Math.floor(architecture / 10) === Math.floor(capability / 10) && architecture <= capability;
}

function architectures(code: readonly CudaCode[], kind: CudaCode["kind"]): string {
  const own = code.filter((one) => one.kind === kind).map(({ architecture }) => architecture);
  return own
    .sort((a, b) => a - b)
    .map(dotted)
    .join(", ");
}

/** 90 as NVIDIA writes it: `9.0`. */
export function dotted(architecture: number): string {
  return `${Math.floor(architecture / 10)}.${architecture % 10}`;
}
