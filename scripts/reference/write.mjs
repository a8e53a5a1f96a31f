// `npm run reference`: the API reference, from the doc comments of what the package's entry points export, as pages in
// `reference/`. Fails on links that lead nowhere.
import { join } from "node:path";
import { Application, TSConfigReader } from "typedoc";
import { entryPoints, paths } from "../project.mjs";

const app = await Application.bootstrap(
  {
    name: "Formwork",
    entryPoints: entryPoints().map(({ source }) => source),
    tsconfig: join(paths.root, "tsconfig.build.json"),
    compilerOptions: { typeRoots: [join(paths.reference, "node_modules", "@types")] },
    out: join(paths.root, "reference"),
    // `npm run check` has checked the types, with a newer compiler.
    skipErrorChecking: true,
    readme: "none",
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    githubPages: false,
    validation: { notExported: false, invalidLink: true, notDocumented: false },
  },
  [new TSConfigReader()],
);
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
