import { COMPILED_PATH, ENGINES, MODELS_PATH } from "../engines/index.js";
import type { ModalSettings } from "../settings.js";
import { container } from "./container.js";
import { download } from "./download.js";
import { health } from "./health.js";
import { image } from "./image.js";
import { oneLine, python } from "./python.js";
import { deployedAs } from "./record.js";
import { schedule } from "./schedule.js";
import { server } from "./server.js";

/**
 * The app file for Modal, in Python; deterministic for given settings. `version` is Formwork's.
 */
export function renderApp(settings: ModalSettings, version: string): string {
  return [
    header(settings, version),
    objects(settings),
    image(settings),
    container(settings),
    server(settings),
    download(settings),
    health(settings),
    ...(settings.keepWarm === undefined ? [] : schedule(settings)),
  ].join("\n\n");
}

function header(settings: ModalSettings, version: string): string {
  const { title, start, files } = ENGINES[settings.engine];
  const { repository, revision, file } = files(settings);
  return `\
"""${oneLine(settings.model)} ${start === undefined ? "in" : "behind"} ${title}${start === undefined ? "" : " and Formwork"}, on Modal.

Written by \`formwork deploy modal\` (Formwork ${version}). The file is yours to edit: Formwork writes it again only
when asked to (--regenerate), and shows what would change. To deploy it by hand: modal deploy ${settings.file}
"""

import datetime
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
import zoneinfo
from pathlib import Path

import modal

APP_NAME = ${python(settings.app)}
MODEL = ${python(settings.model)}
REPOSITORY = ${python(repository)}
REVISION = ${python(revision ?? null)}
MODEL_FILE = ${python(file ?? null)}
VERSION = ${python(version)}
GPU = ${python(gpuArgument(settings))}

# What \`formwork status\` and \`formwork scale\` read, so that they speak of what is deployed.
DEPLOYED = ${python(deployedAs(settings, version))}
`;
}

function objects(settings: ModalSettings): string {
  const secrets = Object.entries(settings.secrets).map(([name, keys]) =>
    keys.length === 0
      ? `    modal.Secret.from_name(${python(name)}),`
      : `    modal.Secret.from_name(${python(name)}, required_keys=${python(keys)}),`,
  );
  return `\
app = modal.App(APP_NAME)

# Weights and compiled kernels outlive containers: both are made once, not at every cold start.
models = modal.Volume.from_name(${python(settings.volumes.models)}, create_if_missing=True)
compiled = modal.Volume.from_name(${python(settings.volumes.compiled)}, create_if_missing=True)
volumes = {${python(MODELS_PATH)}: models, ${python(COMPILED_PATH)}: compiled}

# What the containers report. \`health\` reads it, so that asking never wakes a GPU.
state = modal.Dict.from_name(f"{APP_NAME}-state", create_if_missing=True)

secrets = [${secrets.length === 0 ? "" : `\n${secrets.join("\n")}\n`}]
`;
}

/** Modal accepts a single GPU as a string, and several as a list in order of preference. */
function gpuArgument(settings: ModalSettings): string | string[] {
  const spellings = settings.gpus.map((gpu) => gpu.spelling);
  return spellings.length === 1 ? spellings[0]! : spellings;
}
