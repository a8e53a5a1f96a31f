// Writes the plug-in's wheel: python/ and the Node program it starts, in one zip file.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { filesUnder, paths } from "./project.mjs";

const PACKAGE = "formwork_plugin";
/** The program's own entry, under dist/; what it imports goes along. */
const PROGRAM = "plugin/main.js";

/** Writes `dist/python/formwork_plugin-VERSION-py3-none-any.whl`; returns its path from dist/. */
export function writeWheel() {
  const python = join(paths.root, "python");
  const information = readdirSync(python).find((name) => name.endsWith(".dist-info"));
  const files = new Map();
  for (const folder of [PACKAGE, information]) {
    for (const file of filesUnder(join(python, folder))) {
      if (!file.includes("__pycache__"))
        files.set(`${folder}/${file}`, readFileSync(join(python, folder, file)));
    }
  }
  for (const file of importedFrom(PROGRAM)) {
    files.set(`${PACKAGE}/node/${file}`, readFileSync(join(paths.output, file)));
  }
  files.set(`${PACKAGE}/node/package.json`, Buffer.from('{"type":"module"}\n'));
  files.set(
    `${information}/WHEEL`,
    Buffer.from("Wheel-Version: 1.0\nGenerator: formwork\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
  );
  files.set(`${information}/RECORD`, record(files, `${information}/RECORD`));

  const name = `python/${information.replace(".dist-info", "")}-py3-none-any.whl`;
  mkdirSync(join(paths.output, "python"), { recursive: true });
  writeFileSync(join(paths.output, name), zip(files));
  return name;
}

/** `entry` and all files under dist/ that it reaches by imports. */
function importedFrom(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    const text = readFileSync(join(paths.output, file), "utf8");
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      found.add(posix.normalize(posix.join(dirname(file), specifier)));
    }
  }
  return found;
}

function record(files, own) {
  const lines = [...files].map(([name, content]) => {
    const digest = createHash("sha256").update(content).digest("base64url");
    return `${name},sha256=${digest},${content.length}`;
  });
  return Buffer.from(`${[...lines, `${own},,`].join("\n")}\n`);
}

/** A zip file (PKWARE's APPNOTE 6.3.3, sections 4.3.7, 4.3.12 and 4.3.16), the same bytes for the same files. */
function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content, { level: 9 });
    const spelled = Buffer.from(name);
    // Version 2.0, names in UTF-8, deflated, 1980-01-01.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x0800, 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt16LE(0x21, 8);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(spelled.length, 22);
    parts.push(Buffer.from("PK\x03\x04"), shared, spelled, packed);
    const entry = Buffer.alloc(14);
    // A regular file that everybody may read.
    entry.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x03"), shared, entry, spelled);
    offset += 30 + spelled.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
