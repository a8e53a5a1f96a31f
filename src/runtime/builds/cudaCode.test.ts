import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CudaCode, cudaCodeOf, refusalOf } from "./cudaCode.js";
import type { CudaDriver } from "./cudaDriver.js";
import { PREBUILT_CODE } from "./prebuilt.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-code-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Entry {
  kind: number;
  major: number;
  minor: number;
  architecture: number;
}

/** One region of the section, with `entries` that hold 24 bytes of code each. */
function region(entries: readonly Entry[]): Buffer {
  const written = entries.map(({ kind, major, minor, architecture }) => {
    const header = Buffer.alloc(64 + 24);
    header.writeUInt16LE(kind, 0);
    header.writeUInt32LE(64, 4);
    header.writeBigUInt64LE(24n, 8);
    header.writeUInt16LE(minor, 24);
    header.writeUInt16LE(major, 26);
    header.writeUInt32LE(architecture, 28);
    return header;
  });
  const content = Buffer.concat(written);
  const start = Buffer.alloc(16);
  start.writeUInt32LE(0xba55ed50, 0);
  start.writeUInt16LE(1, 4);
  start.writeUInt16LE(16, 6);
  start.writeBigUInt64LE(BigInt(content.length), 8);
  return Buffer.concat([start, content]);
}

/** An ELF file with the section `name`. */
function elf(name: string, content: Buffer): Buffer {
  const names = Buffer.from(`\0.shstrtab\0${name}\0`);
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const contentAt = header.length + names.length;
  header.writeBigUInt64LE(BigInt(contentAt + content.length), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(3, 0x3c);
  header.writeUInt16LE(1, 0x3e);
  const sections = [
    [0, 0, 0],
    [1, header.length, names.length],
    [11, contentAt, content.length],
  ].map(([nameAt, offset, bytes]) => {
    const section = Buffer.alloc(64);
    section.writeUInt32LE(nameAt, 0);
    section.writeBigUInt64LE(BigInt(offset), 0x18);
    section.writeBigUInt64LE(BigInt(bytes), 0x20);
    return section;
  });
  return Buffer.concat([header, names, content, ...sections]);
}

function codeIn(name: string, bytes: Buffer): CudaCode[] | null {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return cudaCodeOf(path);
}

describe("the code in a CUDA library", () => {
  it("is read off its file, each kind once, over padding between regions", () => {
    const first = region([
      { kind: 1, major: 9, minor: 1, architecture: 90 },
      { kind: 2, major: 1, minor: 8, architecture: 86 },
    ]);
    const second = region([
      { kind: 2, major: 1, minor: 8, architecture: 86 },
      { kind: 1, major: 8, minor: 4, architecture: 50 },
      { kind: 1, major: 8, minor: 7, architecture: 52 },
    ]);
    expect(codeIn("two.so", elf(".nv_fatbin", Buffer.concat([first, Buffer.alloc(24), second])))).toEqual([
      { kind: "ptx", architecture: 90, release: 13010 },
      { kind: "machine", architecture: 86, release: 0 },
      { kind: "ptx", architecture: 50, release: 12040 },
      { kind: "ptx", architecture: 52, release: 12080 },
    ]);
  });

  it("is unknown where the file is of another format", () => {
    const whole = elf(".nv_fatbin", region([{ kind: 1, major: 9, minor: 1, architecture: 90 }]));
    expect(codeIn("none.so", elf(".text", Buffer.alloc(64)))).toBeNull();
    expect(codeIn("other.so", elf(".nv_fatbin", Buffer.alloc(4096)))).toBeNull();
    expect(codeIn("cut.so", whole.subarray(0, 100))).toBeNull();
    expect(codeIn("library.dll", Buffer.from("MZ"))).toBeNull();
  });
});

describe("what a driver can run", () => {
  const driver = (version: number, capability: number): CudaDriver => ({
    version,
    devices: [{ name: "GPU", capability, bytes: 0 }],
  });
  const runs = (name: keyof typeof PREBUILT_CODE, version: number, capability: number) =>
    refusalOf(PREBUILT_CODE[name], driver(version, capability)) === null;

  it.each([
    // driver, compute capability, the package, the one for older drivers
    ["H200, H100", 13000, 90, false, true],
    ["H200, H100", 13010, 90, true, true],
    ["A100", 12040, 80, false, true],
    ["A100", 13020, 80, true, true],
    ["L4", 13000, 89, true, true],
    ["L4", 12080, 89, false, true],
    ["RTX 3060", 13000, 86, true, true],
    ["RTX 5090", 13000, 120, true, true],
    ["GTX 1080", 12040, 61, false, true],
    ["V100", 13010, 70, false, true],
    ["anything", 11080, 80, false, false],
  ])("%s, driver %i, capability %i", (_name, version, capability, cuda, ext) => {
    expect([runs("cuda", version, capability), runs("cuda-ext", version, capability)]).toEqual([cuda, ext]);
  });

  it("is refused with what the library holds and what the driver is", () => {
    expect(refusalOf(PREBUILT_CODE.cuda, driver(13000, 90))).toBe(
      "it holds machine code for 8.6, 8.9, 12.0, 12.1 and PTX of CUDA 13.1 for 7.5, 8.0, 9.0; " +
        "the driver, of CUDA 13.0, cannot make code of either for GPU (9.0)",
    );
    expect(refusalOf(PREBUILT_CODE.cuda, driver(12080, 90))).toBe(
      "it needs a driver for CUDA 13, and this one runs CUDA 12.8",
    );
    expect(refusalOf(PREBUILT_CODE.cuda, { version: 13000, devices: [] })).toBe("the driver has no GPU");
  });

  it("is decided by one device that can: the library uses those it finds", () => {
    const both = { version: 13000, devices: [driver(0, 90).devices[0], driver(0, 89).devices[0]] };
    expect(refusalOf(PREBUILT_CODE.cuda, both)).toBeNull();
  });
});
