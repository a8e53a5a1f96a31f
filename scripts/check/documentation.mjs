// Every symbol that an entry point of the package exports, and every member of it, has a doc comment. Prints those that have none.
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { SyntaxKind } from "typescript/unstable/ast";
import { API, SymbolFlags } from "typescript/unstable/sync";
import { entryPoints, paths } from "../project.mjs";

/** What declares members of its own. */
const HOLDERS = SymbolFlags.Class | SymbolFlags.Interface;

/** What has no doc comment, as `{ name, file }`: `Client.generate`, where it is declared. */
export function undocumented() {
  const api = new API({ cwd: paths.root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(paths.root, "tsconfig.json")] });
    const [project] = snapshot.getProjects();
    const { checker, program } = project;
    const missing = new Map();
    const note = (symbol, name) => {
      if (symbol.getDocumentationComment(checker) !== "") return;
      const file = relative(paths.root, symbol.declarations[0]?.path ?? "");
      missing.set(`${file} ${name}`, { name, file });
    };
    for (const entry of entryPoints()) {
      const file = program.getSourceFile(entry.source);
      for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) {
        const symbol =
          (exported.flags & SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(exported) : exported;
        note(symbol, symbol.name);
        if ((symbol.flags & HOLDERS) === 0) continue;
        for (const member of symbol.getMembers().values())
          if (isPublic(member)) note(member, `${symbol.name}.${member.name}`);
      }
    }
    return [...missing.values()].sort((one, other) =>
      one.file < other.file ? -1 : one.file > other.file ? 1 : 0,
    );
  } finally {
    api.close();
  }
}

/** Not the constructor, which is described with its class, and nothing that only the class itself may use. */
function isPublic(member) {
  if ((member.flags & SymbolFlags.TypeParameter) !== 0) return false;
  const node = member.declarations[0]?.resolve();
  if (node === undefined || member.name === "__constructor" || member.name.startsWith("#")) return false;
  return !(node.modifiers ?? []).some(({ kind }) => kind === SyntaxKind.PrivateKeyword);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const missing = undocumented();
  for (const { name, file } of missing) console.error(`${file}: ${name} has no doc comment.`);
  if (missing.length > 0) {
    console.error(`\n${missing.length} symbols that the package exports have no doc comment.`);
    process.exitCode = 1;
  }
}
