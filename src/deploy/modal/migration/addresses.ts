import type { Inspection, Part } from "./inspection.js";

/** An endpoint of the old app and its replacement. `WORKSPACE` represents the name of the workspace. */
export interface EndpointChange {
  before: string;
  after: string;
}

/** What callers have to change, by URL. */
export function endpointChanges(found: Inspection): EndpointChange[] {
  const app = typeof found.app === "string" ? found.app : "APP";
  const region = (part: Part) =>
    typeof part.arguments["routing_region"] === "string" ? part.arguments["routing_region"] : "REGION";
  return found.parts.flatMap((part) => {
    const endpoints = part.endpoints.map(({ name, kind, arguments: given }) => {
      const label = given["label"];
      const own = part.name === name ? `${app}-${name}` : `${app}-${part.name}-${name}`;
      const address = `https://WORKSPACE--${host(typeof label === "string" ? label : own)}.modal.run`;
      // A web server keeps its paths, because Formwork has those of OpenAI's API, too.
      if (kind !== "fastapi_endpoint" && kind !== "web_endpoint") {
        return { before: `${address}/...`, after: `${server(app)}/... (the same paths below /v1)` };
      }
      const method = typeof given["method"] === "string" ? given["method"] : "GET";
      return { before: `${method} ${address}`, after: route(name, app) };
    });
    if (part.kind !== "server") return endpoints;
    const before = `https://WORKSPACE--${host(`${app}-${part.name}`)}.${region(part)}.modal.direct/...`;
    const after = `${server(app, region(part))}/... (the same paths below /v1)`;
    return [...endpoints, before === after.split(" ")[0] ? { before, after: "stays" } : { before, after }];
  });
}

function host(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9-]/g, "-");
}

function server(app: string, region = "REGION"): string {
  return `https://WORKSPACE--${host(app)}-inference.${region}.modal.direct`;
}

function route(endpoint: string, app: string): string {
  if (/health/i.test(endpoint)) return `GET https://WORKSPACE--${host(app)}-health.modal.run/health`;
  if (/warm/i.test(endpoint)) return `GET ${server(app)}/warmup`;
  // `/` behaves like /generate, so clients only need the new host.
  if (/generat|infer|complet|predict/i.test(endpoint)) return `POST ${server(app)}/generate`;
  return `${server(app)} (no route of that name; see the routes of \`formwork serve\`)`;
}

/** Notes for callers. `staysOpen`: the deployment requires no credentials either. */
export function clientChanges(found: Inspection, staysOpen: boolean): string[] {
  return [
    "One address with routes takes the place of one address for each endpoint; `POST /` answers as `/generate` does, so " +
      "that a client that posts to the bare address needs the new host alone.",
    credentials(found, staysOpen),
    ...keysAndNames(found),
    "While nothing is warm a caller gets 503 and tries again; the old endpoints answered 303 after 150 s, to be followed.",
    "`/health` wakes no GPU, and says whether a container is warm (`engine`, `containers`).",
    "An answer carries the object as `output`, and again as `ir_json` and `text` for clients of the old app.",
    "Errors have a true HTTP status (400, 401, 503, ...) with `{error, status, code}`; code that looks for an " +
      "`error` member in a 200 goes on working only if it checks the status too.",
  ];
}

function credentials(found: Inspection, staysOpen: boolean): string {
  if (staysOpen)
    return "Callers need no credentials, as before; `unauthenticated: false` requires Modal-Key and Modal-Secret.";
  const isOpen = found.parts.some(
    (part) =>
      part.arguments["unauthenticated"] === true ||
      part.endpoints.some((endpoint) => endpoint.arguments["requires_proxy_auth"] !== true),
  );
  return isOpen
    ? "Callers must send Modal-Key and Modal-Secret (`formwork secrets token` makes a pair); the old endpoints were open. " +
        "`unauthenticated: true` keeps it so."
    : "Callers go on sending Modal-Key and Modal-Secret.";
}

/** The key and the model name that the engine's command line sets. */
function keysAndNames({ engine }: Inspection): string[] {
  const names = [engine["served_model_name"] ?? []].flat().filter((name) => typeof name === "string");
  return [
    ...(names.length > 0
      ? [
          `The model goes by its own name and \`default\`. For callers that name it ${names.join(" or ")}: ` +
            `\`formwork secrets set names FORMWORK_SERVED_MODEL_NAME=${names[0]}\`, then --secret names:FORMWORK_SERVED_MODEL_NAME.`,
        ]
      : []),
    ...(engine["api_key"] === undefined
      ? []
      : [
          "The key of --api-key is not carried over: `formwork secrets set keys FORMWORK_API_KEY=...`, then " +
            "--secret keys:FORMWORK_API_KEY.",
        ]),
  ];
}
