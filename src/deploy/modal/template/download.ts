import { ENGINES, MODELS_PATH } from "../engines/index.js";
import type { ModalSettings } from "../settings.js";
import { DOWNLOAD_NAME } from "./names.js";
import { python } from "./python.js";

/** Folder of markers for completely downloaded models, in the volume of weights. */
const MARKERS = `${MODELS_PATH}/formwork`;

/** Files that neither vLLM nor SGLang reads; pickled weights are only used without safetensors. */
const UNREAD = [
  "original/*",
  "onnx/*",
  "openvino/*",
  "coreml/*",
  "*.gguf",
  "*.h5",
  "*.msgpack",
  "*.onnx",
  "*.ot",
];
const PICKLED = ["*.bin", "*.pt", "*.pth", "consolidated*"];

const PATTERNS_OF_REPOSITORY = `\
        skip = UNREAD + (PICKLED if any(name.endswith(".safetensors") for name in sizes) else [])
        patterns = {"ignore_patterns": skip}`;

const PATTERNS_OF_FILE = `\
        patterns = {"allow_patterns": [WANTED]}
        if not list(filter_repo_objects(sizes, **patterns)):
            raise RuntimeError(f"{REPOSITORY} has no file {MODEL_FILE}: its files are {', '.join(sorted(sizes))}")`;

/**
 * Weights are downloaded on a CPU before the app is published, by one writer at a time. A marker with the sizes of its files confirms that
 * a model is complete, so that a GPU container never loads an incomplete one.
 */
export function download(settings: ModalSettings): string {
  const { file } = ENGINES[settings.engine].files(settings);
  return `\
MARKER = Path(${python(MARKERS)}) / f"{MODEL.replace('/', '--')}@{REVISION or 'main'}.json"
${file === undefined ? `UNREAD = ${python(UNREAD)}\nPICKLED = ${python(PICKLED)}` : `# A file in parts is named by the first of them.\nWANTED = ${python(file.replace(/-00001-of-/, "-*-of-"))}`}
ADAPTERS = ${python(settings.adapters.map(({ repository }) => repository))}


def weights_are_whole():
    """Whether every file that the marker names is there in its full size."""
    try:
        marker = json.loads(MARKER.read_text())
        return all((Path(marker["path"]) / name).stat().st_size == size for name, size in marker["files"].items())
    except (OSError, ValueError, KeyError):
        return False


def fetch_weights():
    """Fetches what the engine reads of the model, going on where an earlier download stopped."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, filter_repo_objects

    try:
        info = HfApi().model_info(REPOSITORY, revision=REVISION, files_metadata=True)
        sizes = {one.rfilename: one.size for one in info.siblings}
${file === undefined ? PATTERNS_OF_REPOSITORY : PATTERNS_OF_FILE}
        files = {name: sizes[name] for name in filter_repo_objects(sizes, **patterns)}
        print(f"{REPOSITORY}: {len(files)} files, {sum(files.values()) / 1e9:.1f} GB", flush=True)
        path = snapshot_download(REPOSITORY, revision=info.sha, max_workers=8, **patterns)
        for adapter in ADAPTERS:
            snapshot_download(adapter)
    except GatedRepoError:
        raise RuntimeError(
            f"{MODEL} is gated: accept its licence on the model's page, store a token with "
            "\`formwork secrets set huggingface HF_TOKEN=...\` and deploy with --secret huggingface:HF_TOKEN"
        ) from None
    except RepositoryNotFoundError:
        raise RuntimeError(
            f"The hub has no model {MODEL} that this token may read: check the name; a private model needs "
            "--secret huggingface:HF_TOKEN"
        ) from None
    except HfHubHTTPError as error:
        raise RuntimeError(f"The hub answered with an error; deploy again to go on from here: {error}") from None
    except OSError as error:
        raise RuntimeError(f"Writing the weights failed; deploy again to go on from here: {error}") from None
    return {"path": path, "files": files}


@app.function(
    image=image,
    volumes=volumes,
    secrets=secrets,
    cpu=${settings.downloadCpu},
    memory=${settings.downloadMemory},
    timeout=${settings.downloadTimeout},
    max_containers=1,  # one writer
)
def ${DOWNLOAD_NAME}():
    """Fetches the weights into their volume, on a CPU, so that no GPU waits for a download."""
    began = time.time()
    models.reload()
    if not weights_are_whole():
        halt = threading.Event()
        threading.Thread(target=report_download, args=(halt,), daemon=True).start()
        try:
            marker = fetch_weights()
        finally:
            halt.set()
        MARKER.parent.mkdir(parents=True, exist_ok=True)
        MARKER.write_text(json.dumps(marker))
        models.commit()
    marker = json.loads(MARKER.read_text())
    report = {"path": marker["path"], "bytes": sum(marker["files"].values()), "seconds": round(time.time() - began, 1)}
    print(json.dumps({"weights": report}), flush=True)
    return report


def report_download(halt):
    """Containers that start meanwhile wait for the weights as long as this takes."""
    while True:
        remember("download", {"seen": time.time()})
        if halt.wait(15):
            return
`;
}
