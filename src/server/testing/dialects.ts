import { parseEvents } from "./app.js";

/** A call as a client reads it. */
export interface Call {
  id: string;
  name: string;
  /** JSON text. */
  arguments: string;
}

/** What one answer said, whole or put together from a stream. */
export interface Said {
  text: string;
  calls: Call[];
}

export type Turn =
  | { from: "user"; text: string }
  | { from: "assistant"; said: Said }
  | { from: "tool"; call: Call; text: string };

export interface OfferedTool {
  name: string;
  parameters: unknown;
}

export type Choice = "auto" | "none" | "required" | { name: string };

export interface Settings {
  seed: number;
  maxTokens: number;
  stream: boolean;
  temperature?: number;
}

/** How a client of one surface asks and reads, so that a test says the same things to all of them. */
export interface Dialect {
  readonly path: string;
  conversation(turns: readonly Turn[]): object;
  settings(settings: Settings): object;
  /** The usual way to ask for a document. */
  document(schema: unknown): object;
  /** Missing where the API has no tools. Calls are one at a time unless `parallel`. */
  tools?(tools: readonly OfferedTool[], choice: Choice, parallel?: boolean): object;
  /** The answers in a whole body. `isJson`: a document was asked for and not text. */
  whole(body: Body, isJson: boolean): Said[];
  /** The same from a stream. */
  streamed(events: readonly StreamEvent[]): Said[];
}

/** Everything a body or an event may be; what is missing reads as undefined. */
// biome-ignore lint/suspicious/noExplicitAny: answers of seven routes, read by their members
type Body = any;

interface StreamEvent {
  name: string | undefined;
  data: Body;
}

/** The answers in the text of a response. */
export function answersIn(dialect: Dialect, text: string, isStreamed: boolean, isJson = true): Said[] {
  if (!isStreamed) return dialect.whole(JSON.parse(text), isJson);
  const events = dialect.path.startsWith("/api/")
    ? text
        .split("\n")
        .filter((line) => line !== "")
        .map((data) => ({ name: undefined, data }))
    : parseEvents(text).filter(({ data }) => data !== "[DONE]");
  return dialect.streamed(events.map(({ name, data }) => ({ name, data: JSON.parse(data) })));
}

const flat = ({ seed, stream, maxTokens, temperature = 1 }: Settings) => ({
  seed,
  stream,
  max_tokens: maxTokens,
  temperature,
  top_p: 1,
});

/** Answers that grow, by their index. */
class Growing {
  readonly answers: Said[] = [];

  at(index: number): Said {
    this.answers[index] ??= { text: "", calls: [] };
    return this.answers[index];
  }

  add(index: number, text: string | null | undefined): void {
    this.at(index).text += text ?? "";
  }

  begin(index: number, call: number, id: string, name: string): void {
    this.at(index).calls[call] = { id, name, arguments: "" };
  }

  addArguments(index: number, call: number, text: string): void {
    this.at(index).calls[call].arguments += text;
  }
}

const openaiChoice = (choice: Choice) =>
  typeof choice === "string" ? choice : { type: "function", function: choice };

const openaiMessages = (turns: readonly Turn[]) =>
  turns.map((turn) => {
    if (turn.from === "user") return { role: "user", content: turn.text };
    if (turn.from === "tool") return { role: "tool", tool_call_id: turn.call.id, content: turn.text };
    const calls = turn.said.calls.map(({ id, ...described }) => ({
      id,
      type: "function",
      function: described,
    }));
    return {
      role: "assistant",
      content: turn.said.text === "" ? null : turn.said.text,
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  });

const generate: Dialect = {
  path: "/generate",
  conversation: (turns) => ({ messages: openaiMessages(turns) }),
  settings: flat,
  document: (schema) => ({ schema }),
  tools: (tools, choice, parallel = false) => ({
    tools,
    tool_choice: openaiChoice(choice),
    parallel_tool_calls: parallel,
  }),
  whole: (body, isJson) =>
    (body.outputs ?? [body]).map(({ output, tool_calls = [] }: Body) => ({
      text: tool_calls.length > 0 && !output ? "" : isJson ? JSON.stringify(output) : output,
      calls: tool_calls.map((call: Body) => ({ ...call, arguments: JSON.stringify(call.arguments) })),
    })),
  streamed(events) {
    const growing = new Growing();
    for (const { name, data } of events) {
      const { index = 0, call, id, text } = data;
      if (name === "start") growing.add(index, "");
      if (name === "delta") growing.add(index, text);
      if (name === "tool_call") growing.begin(index, call, id, data.name);
      if (name === "tool_arguments") growing.addArguments(index, call, text);
    }
    return growing.answers;
  },
};

const chat: Dialect = {
  path: "/v1/chat/completions",
  conversation: (turns) => ({ messages: openaiMessages(turns) }),
  settings: flat,
  document: (schema) => ({
    response_format: { type: "json_schema", json_schema: { name: "document", schema } },
  }),
  tools: (tools, choice, parallel = false) => ({
    tools: tools.map((described) => ({ type: "function", function: described })),
    tool_choice: openaiChoice(choice),
    parallel_tool_calls: parallel,
  }),
  whole: (body) =>
    body.choices.map(({ message: { content, tool_calls = [], function_call } }: Body) => ({
      text: content ?? "",
      calls: [
        ...tool_calls.map((call: Body) => ({ id: call.id, ...call.function })),
        ...(function_call === undefined ? [] : [{ id: "", ...function_call }]),
      ],
    })),
  streamed(events) {
    const growing = new Growing();
    for (const { data } of events) {
      for (const { index, delta } of data.choices ?? []) {
        growing.add(index, delta.content);
        const older = delta.function_call === undefined ? [] : [{ index: 0, function: delta.function_call }];
        for (const { index: call, id, function: described } of delta.tool_calls ?? older) {
          if (described.name !== undefined) growing.begin(index, call, id ?? "", described.name);
          growing.addArguments(index, call, described.arguments);
        }
      }
    }
    return growing.answers;
  },
};

const completions: Dialect = {
  path: "/v1/completions",
  conversation: (turns) => ({ prompt: turns.map((turn) => ("text" in turn ? turn.text : "")).join("\n") }),
  settings: flat,
  document: (schema) => ({ guided_json: schema }),
  whole: (body) => body.choices.map(({ text }: Body) => ({ text, calls: [] })),
  streamed(events) {
    const growing = new Growing();
    for (const { data } of events) {
      for (const { index, text } of data.choices ?? []) growing.add(index, text);
    }
    return growing.answers;
  },
};

const textOfItem = ({ content }: Body): string => content.map(({ text }: Body) => text).join("");

const responses: Dialect = {
  path: "/v1/responses",
  conversation: (turns) => ({
    input: turns.flatMap((turn): object[] => {
      if (turn.from === "user") return [{ role: "user", content: turn.text }];
      if (turn.from === "tool") {
        return [{ type: "function_call_output", call_id: turn.call.id, output: turn.text }];
      }
      const { text, calls } = turn.said;
      const content = [{ type: "output_text", text, annotations: [] }];
      return [
        ...(text === "" ? [] : [{ type: "message", role: "assistant", content }]),
        ...calls.map(({ id, ...described }) => ({ type: "function_call", call_id: id, ...described })),
      ];
    }),
  }),
  settings({ maxTokens, ...settings }) {
    const { max_tokens, ...others } = flat({ ...settings, maxTokens });
    return { ...others, max_output_tokens: max_tokens };
  },
  document: (schema) => ({ text: { format: { type: "json_schema", name: "document", schema } } }),
  tools: (tools, choice, parallel = false) => ({
    tools: tools.map((described) => ({ type: "function", strict: false, ...described })),
    tool_choice: typeof choice === "string" ? choice : { type: "function", ...choice },
    parallel_tool_calls: parallel,
  }),
  whole({ output }) {
    const ofType = (type: string) => output.filter((item: Body) => item.type === type);
    return [
      {
        text: ofType("message").map(textOfItem).join(""),
        calls: ofType("function_call").map((item: Body) => ({
          id: item.call_id,
          name: item.name,
          arguments: item.arguments,
        })),
      },
    ];
  },
  streamed(events) {
    const growing = new Growing();
    const callOf = new Map<number, number>();
    growing.add(0, "");
    for (const { data } of events) {
      const { type, output_index: place, item, delta } = data;
      if (type === "response.output_text.delta") growing.add(0, delta);
      if (type === "response.output_item.added" && item.type === "function_call") {
        callOf.set(place, callOf.size);
        growing.begin(0, callOf.size - 1, item.call_id, item.name);
      }
      if (type === "response.function_call_arguments.delta") {
        growing.addArguments(0, callOf.get(place) ?? -1, delta);
      }
    }
    return growing.answers;
  },
};

const messages: Dialect = {
  path: "/v1/messages",
  conversation: (turns) => ({
    messages: turns.map((turn) => {
      if (turn.from === "user") return { role: "user", content: turn.text };
      if (turn.from === "tool") {
        return {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: turn.call.id, content: turn.text }],
        };
      }
      const { text, calls } = turn.said;
      return {
        role: "assistant",
        content: [
          ...(text === "" ? [] : [{ type: "text", text }]),
          ...calls.map(({ id, name, arguments: written }) => ({
            type: "tool_use",
            id,
            name,
            input: JSON.parse(written),
          })),
        ],
      };
    }),
  }),
  settings: flat,
  document: (schema) => ({ output_config: { format: { type: "json_schema", schema } } }),
  tools: (tools, choice, parallel = false) => ({
    tools: tools.map(({ parameters, ...described }) => ({ ...described, input_schema: parameters })),
    tool_choice: {
      ...(typeof choice === "string"
        ? { type: choice === "required" ? "any" : choice }
        : { type: "tool", ...choice }),
      ...(choice !== "none" && { disable_parallel_tool_use: !parallel }),
    },
  }),
  whole({ content }) {
    const said: Said = { text: "", calls: [] };
    for (const { type, text, id, name, input } of content) {
      if (type === "text") said.text += text;
      if (type === "tool_use") said.calls.push({ id, name, arguments: JSON.stringify(input) });
    }
    return [said];
  },
  streamed(events) {
    const growing = new Growing();
    growing.add(0, "");
    for (const { data } of events) {
      const { content_block: block, delta } = data;
      const { calls } = growing.at(0);
      if (block?.type === "tool_use") growing.begin(0, calls.length, block.id, block.name);
      if (delta?.type === "text_delta") growing.add(0, delta.text);
      if (delta?.type === "input_json_delta") growing.addArguments(0, calls.length - 1, delta.partial_json);
    }
    return growing.answers;
  },
};

/** Ollama's two routes. Its API cannot demand a call; the server takes OpenAI's `tool_choice` for that. */
function ollama(path: "/api/chat" | "/api/generate"): Dialect {
  const isChat = path === "/api/chat";
  const read = ({ message, response }: Body): Said => ({
    text: isChat ? message.content : response,
    calls: (message?.tool_calls ?? []).map(({ function: { name, arguments: written } }: Body) => ({
      id: "",
      name,
      arguments: JSON.stringify(written),
    })),
  });
  const dialect: Dialect = {
    path,
    conversation: (turns) =>
      isChat
        ? {
            messages: turns.map((turn) => {
              if (turn.from === "user") return { role: "user", content: turn.text };
              if (turn.from === "tool") {
                return { role: "tool", tool_name: turn.call.name, content: turn.text };
              }
              const calls = turn.said.calls.map(({ name, arguments: written }) => ({
                function: { name, arguments: JSON.parse(written) },
              }));
              return { role: "assistant", content: turn.said.text, tool_calls: calls };
            }),
          }
        : completions.conversation(turns),
    settings: ({ seed, stream, maxTokens, temperature = 1 }) => ({
      stream,
      options: { temperature, top_p: 1, seed, num_predict: maxTokens },
    }),
    document: (schema) => ({ format: schema }),
    whole: (body) => [read(body)],
    streamed: (lines) => {
      const all = lines.map(({ data }) => read(data));
      return [{ text: all.map(({ text }) => text).join(""), calls: all.flatMap(({ calls }) => calls) }];
    },
  };
  return isChat ? { ...dialect, tools: chat.tools } : dialect;
}

export const DIALECTS = {
  generate,
  chat,
  completions,
  responses,
  messages,
  ollamaChat: ollama("/api/chat"),
  ollamaGenerate: ollama("/api/generate"),
} as const satisfies Record<string, Dialect>;
