import { CONTAINER_PORT, type ContainerOptions, IMAGES } from "./options.js";

/** Formwork's folder in the image, and the folder next to the Dockerfile from which it is copied. */
const HOME = "/opt/formwork";
export const PACKAGE_FOLDER = ".formwork/node";

/** The Dockerfile: a separate stage for dependencies, then a small image that runs as an unprivileged user. */
export function dockerfile(options: ContainerOptions): string {
  return `\
# syntax=docker/dockerfile:1
# Formwork on ${options.variant === "cuda" ? "an NVIDIA GPU" : "a CPU"}. Written by \`formwork deploy docker\`.
FROM ${options.nodeImage} AS install
WORKDIR ${HOME}
COPY ${PACKAGE_FOLDER}/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
${options.variant === "cuda" ? installCuda(options) : ""}
${options.variant === "cuda" ? cudaBase() : `FROM ${options.nodeImage}`}
${packages(options)}
COPY --from=install ${HOME} ${HOME}
RUN printf '#!/bin/sh\\nexec node ${HOME}/node_modules/formwork/dist/cli/main.js "$@"\\n' > /usr/local/bin/formwork \\
    && chmod 755 /usr/local/bin/formwork \\
    && mkdir -p /cache && chown 1000:1000 /cache
ENV NODE_ENV=production FORMWORK_CACHE=/cache FORMWORK_HOST=0.0.0.0 FORMWORK_PORT=${CONTAINER_PORT}
USER 1000:1000
VOLUME /cache
EXPOSE ${CONTAINER_PORT}
STOPSIGNAL SIGTERM
# /health answers from the first moment and never loads a model; ask /ready for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \\
    CMD ["node", "-e", "fetch('http://127.0.0.1:${CONTAINER_PORT}/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["formwork"]
CMD ["serve"]
`;
}

function packages({ variant }: ContainerOptions): string {
  const names = "ca-certificates libgomp1";
  const entry = variant === "cuda" ? "\nCOPY --from=install /usr/local/bin/node /usr/local/bin/node" : "";
  return `\
# hadolint ignore=DL3008
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends ${names} \\
    && rm -rf /var/lib/apt/lists/*${entry}`;
}

function installCuda({ llamaVersion }: ContainerOptions): string {
  return `\
# The CUDA build of the library, in the version that the binding was made for.
# hadolint ignore=DL3059
RUN --mount=type=cache,target=/root/.npm npm install --no-save --ignore-scripts --no-audit --no-fund \\
    @node-llama-cpp/linux-x64-cuda@${llamaVersion} @node-llama-cpp/linux-x64-cuda-ext@${llamaVersion}
`;
}

function cudaBase(): string {
  return `FROM ${IMAGES.cuda}`;
}

/** Excludes everything except the package from the build context. */
export const DOCKERIGNORE = `\
*
!${PACKAGE_FOLDER.split("/")[0]}
`;

/** The service, up to the variables of the model. */
const serviceHead = (options: ContainerOptions) => `\
  formwork:
    build: .
    image: formwork:local
    restart: unless-stopped
    init: true
    stop_grace_period: 45s
    ports:
      - "127.0.0.1:${options.port}:${CONTAINER_PORT}"
    environment:
      FORMWORK_API_KEY: \${FORMWORK_API_KEY:?Set FORMWORK_API_KEY to the key that callers send}
`;

/** Drops privileges that our services do not need. */
const CONFINED = `\
    read_only: true
    tmpfs:
      - /tmp
    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
`;

/** Formwork only, with its model in a volume. */
export function compose(options: ContainerOptions): string {
  return `\
# Formwork alone: docker compose up. Written by \`formwork deploy docker\`.
services:
${serviceHead(options)}      FORMWORK_MODEL: ${JSON.stringify(options.model)}
    volumes:
      - cache:/cache
${CONFINED}${options.variant === "cuda" ? GPU : ""}
volumes:
  cache: {}
`;
}

/** Formwork in front of vLLM with the plug-in; only Formwork can reach the engine. */
export function composeWithVllm(options: ContainerOptions): string {
  return `\
# Formwork in front of vLLM with Formwork's constraint engine inside: docker compose -f compose.vllm.yaml up.
# Written by \`formwork deploy docker\`.
services:
${serviceHead(options)}      FORMWORK_ENGINE: vllm=http://vllm:8000
    depends_on:
      vllm:
        condition: service_healthy
    networks:
      - outside
      - engine
${CONFINED}
  vllm:
    image: ${IMAGES.vllm}
    shm_size: 8gb
    restart: unless-stopped
    command:
      - ${JSON.stringify(options.hubModel)}
      - --max-num-seqs=32
      - --enable-prompt-tokens-details
    environment:
      # The plug-in is found there; its service runs on the Node that lies beside it.
      PYTHONPATH: /formwork/node_modules/formwork/python
      FORMWORK_PLUGIN_NODE: /formwork/node
      HF_TOKEN: \${HF_TOKEN:-}
    volumes:
      - weights:/root/.cache/huggingface
      - plugin:/formwork:ro
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health')"]
      interval: 10s
      timeout: 5s
      start_period: 20m
      retries: 3
    networks:
      - engine
    depends_on:
      plugin:
        condition: service_completed_successfully
${GPU}
  # Copies the plug-in and a Node into a volume, once.
  plugin:
    image: formwork:local
    user: "0:0"
    entrypoint: ["sh", "-c", "cp -a /opt/formwork/node_modules /usr/local/bin/node /formwork/"]
    volumes:
      - plugin:/formwork
    network_mode: none

networks:
  outside: {}
  # No way out but for the weights; nobody but Formwork gets in.
  engine: {}

volumes:
  weights: {}
  plugin: {}
`;
}

const GPU = `\
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
`;
