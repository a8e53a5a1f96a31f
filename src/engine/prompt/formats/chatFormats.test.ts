import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chatRenderer } from "../../../runtime/chat.js";
import type { ChatMessage } from "../../../types.js";
import { conversationOf } from "../conversation.js";
import {
  CDATA_STYLE,
  CODER_STYLE,
  DEEPSEEK_STYLE,
  FUNCTOOLS_STYLE,
  GEMMA_STYLE,
  GLM_STYLE,
  GRANITE_STYLE,
  HARMONY_STYLE,
  HERMES_STYLE,
  KEY_TAG_STYLE,
  LFM_STYLE,
  LLAMA_STYLE,
  MARKED_STYLE,
  MINIMAX_STYLE,
  MISTRAL_STYLE,
  NULL_CONTENT_STYLE,
  OPENED_THINKING_STYLE,
  THINKING_STYLE,
  TOOLLESS_STYLE,
} from "../testing/templates.js";
import { chatFormats, formatsFor } from "./chatFormats.js";
import { PROBE_TOOLS } from "./fromTemplate.js";
import { PLAIN_CALLS } from "./plain.js";

function read(template: string) {
  const { source, render } = chatRenderer({
    template,
    beginText: "",
    endText: "",
    addBegin: false,
    knowsChatMl: false,
  });
  return { formats: chatFormats({ chatTemplate: source, renderChat: render }), render };
}

describe("formats of calls and thoughts", () => {
  it("are read off templates in the styles of well-known models", () => {
    expect(read(HERMES_STYLE).formats.calls).toEqual(PLAIN_CALLS);
    expect(read(HERMES_STYLE).formats).toMatchObject({
      knowsTools: true,
      knowsResults: true,
      reasoning: undefined,
    });
    expect(read(MISTRAL_STYLE).formats.calls).toEqual({
      openings: [{ text: "[TOOL_CALLS]", beforeName: '[{"name": "' }],
      isNameQuoted: true,
      beforeName: "",
      afterName: '", "arguments": ',
      afterArguments: "}",
      separator: ', {"name": "',
      closing: "]",
    });
    expect(read(LLAMA_STYLE).formats.calls).toMatchObject({
      openings: [
        { text: '{"name": "', onlyAtStart: true, beforeName: "" },
        { text: "<|python_tag|>", beforeName: '{"name": "' },
      ],
      afterName: '", "parameters": ',
      afterArguments: "}",
      closing: "",
    });
    expect(read(TOOLLESS_STYLE).formats).toMatchObject({
      knowsTools: false,
      knowsResults: false,
      calls: PLAIN_CALLS,
    });
    expect(read(THINKING_STYLE).formats.reasoning).toEqual({
      opening: "<think>\n",
      closing: "</think>",
      after: "\n\n",
    });
    expect(read(OPENED_THINKING_STYLE).formats).toMatchObject({
      reasoning: { opening: "", closing: "</think>" },
      promptReasoning: { tag: "<think>", open: "<think>\n", close: "</think>\n\n" },
    });
  });

  it("of arguments as members between tags are read off, too", () => {
    expect(read(CODER_STYLE).formats.calls).toEqual({
      openings: [{ text: "<tool_call>", beforeName: "\n<function=" }],
      isNameQuoted: false,
      beforeName: "\n<function=",
      afterName: ">\n",
      members: {
        beforeKey: "<parameter=",
        beforeValue: ">\n",
        padding: "\n",
        closing: "</parameter>",
        afterClosing: "\n",
      },
      afterArguments: "</function>\n",
      closing: "</tool_call>",
    });
    expect(read(GLM_STYLE).formats.calls).toMatchObject({
      openings: [{ text: "<tool_call>", beforeName: "" }],
      afterName: "",
      members: { beforeKey: "<arg_key>", beforeValue: "</arg_key><arg_value>", closing: "</arg_value>" },
    });
    expect(read(MINIMAX_STYLE).formats.calls).toMatchObject({
      openings: [{ text: "<minimax:tool_call>", beforeName: '\n<invoke name="' }],
      members: {
        beforeKey: '<parameter name="',
        beforeValue: '">',
        closing: "</parameter>",
        afterClosing: "\n",
      },
      separator: '<invoke name="',
      afterArguments: "</invoke>\n",
    });
    expect(read(MARKED_STYLE).formats.calls.members).toMatchObject({
      beforeKey: '<parameter name="',
      beforeValue: '" string="true">',
      beforeJson: '" string="false">',
    });
    // Where a schema asks more of the arguments than of each by itself, and where the template escapes or marks values.
    const { formats } = read(CODER_STYLE);
    const conditional = {
      name: "a",
      parameters: '{"type":"object","minProperties":1,"properties":{"b":{}}}',
    };
    const settings = { tools: [...PROBE_TOOLS, conditional], choice: "auto", parallel: true } as const;
    expect(formatsFor(formats, settings)).toMatchObject({ calls: PLAIN_CALLS, knowsTools: false });
    expect(formatsFor(formats, { ...settings, tools: PROBE_TOOLS })).toBe(formats);
    expect(formatsFor(formats, { ...settings, choice: { name: "first_probe" } })).toBe(formats);
    for (const value of ["{{ v | tojson }}", "{{ v | e }}", '{{ v }}" string="{{ v is string }}']) {
      const other = CODER_STYLE.replace("{{ v if v is string else v | tojson }}", value);
      expect(read(other).formats.calls).toBe(PLAIN_CALLS);
    }
  });

  it("of calls are known by marks in the template", () => {
    const calls = [
      { id: "abcdefghi", name: "first_probe", arguments: '{"probe_key":"x","n":12345678901234567890}' },
      { id: "bcdefghij", name: "second_probe", arguments: "{}" },
    ];
    const messages: ChatMessage[] = [
      { role: "user", content: "?" },
      { role: "assistant", content: "", toolCalls: calls },
      { role: "tool", content: "RESULT", toolCallId: "abcdefghi", name: "first_probe" },
    ];
    const tools = { tools: PROBE_TOOLS, choice: "auto", parallel: true } as const;
    const written: Record<string, string> = {
      [LFM_STYLE]:
        '<|tool_call_start|>[first_probe(probe_key="x", n=12345678901234567890), second_probe()]<|tool_call_end|>',
      [GEMMA_STYLE]: '<|tool_call>call:first_probe{probe_key:<|"|>x<|"|>,n:',
      [KEY_TAG_STYLE]:
        ']<]minimax[>[<invoke name="first_probe">]<]minimax[>[<probe_key>x]<]minimax[>[</probe_key>',
      [CDATA_STYLE]: '<function name="first_probe"><param name="probe_key">x</param>',
      [GRANITE_STYLE]:
        '<|tool_call|>[{"name": "first_probe", "arguments": {"probe_key":"x","n":12345678901234567890}}, {"name": "second_probe"',
      [FUNCTOOLS_STYLE]: 'functools[{"name": "first_probe", "arguments": {"probe_key": "x"',
    };
    for (const [template, text] of Object.entries(written)) {
      const { formats, render } = read(template);
      expect(formats.calls).not.toBe(PLAIN_CALLS);
      expect(formats.knowsTools).toBe(true);
      expect(formats.knowsResults).toBe(template !== LFM_STYLE && template !== GRANITE_STYLE);
      const own = conversationOf({ messages, tools }, "", formats);
      expect(render(own.messages, own.options)).toContain(text);
    }
  });

  it("of calls hold where the template does not tell of tools: the system message does, in the same words", () => {
    const { formats, render } = read(DEEPSEEK_STYLE);
    expect(formats).toMatchObject({ knowsTools: false, knowsResults: true });
    expect(formats.calls).toEqual({
      openings: [{ text: "<|calls|>", beforeName: "<|call|>" }],
      isNameQuoted: false,
      beforeName: "",
      afterName: "<|sep|>",
      separator: "<|call|>",
      afterArguments: "<|call_end|>",
      closing: "<|calls_end|>",
    });
    const messages: ChatMessage[] = [{ role: "user", content: "?" }];
    const own = conversationOf(
      { messages, tools: { tools: PROBE_TOOLS, choice: "auto", parallel: true } },
      "",
      formats,
    );
    expect(render(own.messages, own.options)).toContain(
      "<|calls|><|call|>...<|sep|>{...}<|call_end|><|calls_end|>",
    );
  });

  it("are those of harmony for its templates, headers included", () => {
    const { formats, render } = read(HARMONY_STYLE);
    expect(formats).toMatchObject({ knowsTools: true, knowsResults: true });
    const messages: ChatMessage[] = [{ role: "user", content: "?" }];
    const promptOf = (more: object) => {
      const own = conversationOf({ messages, ...more }, "", formats);
      return render(own.messages, own.options).split("<|end|>").at(-1);
    };
    expect(promptOf({})).toBe("<|start|>assistant<|channel|>final<|message|>");
    expect(promptOf({ reasoning: { enabled: true } })).toBe("<|start|>assistant");
    expect(promptOf({ tools: { tools: PROBE_TOOLS, choice: "auto", parallel: true } })).toBe(
      "<|start|>assistant",
    );
  });

  it("write whole conversations: by the template where it can, spelled out where it cannot", () => {
    const call = { id: "abcdefghi", name: "get_time", arguments: '{"zone":"UTC"}' };
    const messages: ChatMessage[] = [
      { role: "system", content: "One." },
      { role: "user", content: "The time?" },
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", content: '{"time":"12:00"}', toolCallId: "abcdefghi", name: "get_time" },
      { role: "system", content: "Two." },
      { role: "user", content: "Thanks." },
    ];
    const styles = [
      CODER_STYLE,
      MARKED_STYLE,
      GLM_STYLE,
      MINIMAX_STYLE,
      HERMES_STYLE,
      MISTRAL_STYLE,
      LLAMA_STYLE,
      TOOLLESS_STYLE,
      THINKING_STYLE,
    ];
    for (const template of [...styles, HARMONY_STYLE, DEEPSEEK_STYLE]) {
      const { formats, render } = read(template);
      const tools = { tools: PROBE_TOOLS, choice: "auto", parallel: true } as const;
      const own = conversationOf({ messages, tools }, "Answer in JSON.", formats);
      const text = render(own.messages, own.options);
      for (const part of [
        "One.",
        "Two.",
        "Answer in JSON.",
        "get_time",
        "zone",
        "12:00",
        "Thanks.",
        "first_probe",
      ])
        expect(text).toContain(part);
    }
  });

  it("write calls beside text where the template takes only one of them, and open a thought exactly if asked for", () => {
    const { formats, render } = read(NULL_CONTENT_STYLE);
    expect(formats).toMatchObject({ knowsTools: false, knowsResults: true });
    expect(formats.calls).toEqual({
      openings: [{ text: "<|calls|>", beforeName: "<|call|>function<|sep|>" }],
      isNameQuoted: false,
      beforeName: "function<|sep|>",
      afterName: "\n```json\n",
      separator: "\n<|call|>",
      afterArguments: "\n```<|call_end|>",
      closing: "",
    });
    const user: ChatMessage = { role: "user", content: "?" };
    const call = { id: "abcdefghi", name: "get_time", arguments: '{"zone":"UTC"}' };
    const result: ChatMessage = { role: "tool", content: "12:00", toolCallId: call.id, name: call.name };
    const tools = { tools: PROBE_TOOLS, choice: "auto", parallel: true } as const;
    const promptOf = (messages: ChatMessage[], enabled: boolean) => {
      const own = conversationOf({ messages, tools, reasoning: { enabled } }, "", formats);
      return render(own.messages, own.options);
    };
    const after = [user, { role: "assistant", content: "Let me see.", toolCalls: [call] } as const, result];
    const past =
      '?<|assistant|>Let me see.<|end|><|assistant|><|calls|><|call|>function<|sep|>get_time\n```json\n{"zone":"UTC"}\n```<|call_end|><|output|>12:00<|output_end|>';
    expect(promptOf(after, true).endsWith(`${past}<think>\n`)).toBe(true);
    expect(promptOf(after, false).endsWith(past)).toBe(true);
    expect(promptOf([user], true).endsWith("<|assistant|><think>\n")).toBe(true);
    expect(promptOf([user], false).endsWith("<|assistant|><think>\n</think>\n\n")).toBe(true);
  });

  it("go on with an assistant's text and close a thought that nobody asked for", () => {
    const { formats, render } = read(OPENED_THINKING_STYLE);
    const messages: ChatMessage[] = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Well, " },
    ];
    const own = conversationOf({ messages, continueAssistant: true }, "", formats);
    expect(render(own.messages, own.options)).toBe(
      "<|user|>Hi<|end|><|assistant|><think>\n</think>\n\nWell, ",
    );
    const thinking = conversationOf(
      { messages: messages.slice(0, 1), reasoning: { enabled: true } },
      "",
      formats,
    );
    expect(render(thinking.messages, thinking.options)).toBe("<|user|>Hi<|end|><|assistant|><think>\n");
  });

  const folder = process.env.FORMWORK_CHAT_TEMPLATES ?? "";
  const isThere = folder !== "" && existsSync(folder);
  // llama.cpp's models/templates, from the git bundle in the npm package node-llama-cpp; not part of this repository.
  it.skipIf(!isThere)(
    "are read off the templates of real models (FORMWORK_CHAT_TEMPLATES names their folder)",
    () => {
      const openings: Record<string, string> = {};
      for (const name of readdirSync(folder).filter((file) => file.endsWith(".jinja"))) {
        const { formats } = read(readFileSync(join(folder, name), "utf8"));
        if (formats.calls !== PLAIN_CALLS)
          openings[name.replace(".jinja", "")] = formats.calls.openings[0].text;
      }
      expect(openings).toMatchObject({
        "Qwen-Qwen2.5-7B-Instruct": "<tool_call>",
        "Qwen-Qwen3-0.6B": "<tool_call>",
        "Qwen-QwQ-32B": "<tool_call>",
        "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": "<tool_call>",
        "meta-llama-Llama-3.1-8B-Instruct": '{"name": "',
        "meta-llama-Llama-3.3-70B-Instruct": '{"name": "',
        "mistralai-Mistral-Nemo-Instruct-2407": "[TOOL_CALLS]",
        "unsloth-mistral-Devstral-Small-2507": "[TOOL_CALLS]",
        "ibm-granite-granite-4.0": "<tool_call>",
        "ibm-granite-granite-3.3-2B-Instruct": "<|tool_call|>",
        "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "<｜tool▁calls▁begin｜>",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": "<｜tool▁calls▁begin｜>",
        "llama-cpp-deepseek-r1": "<｜tool▁calls▁begin｜>",
        "deepseek-ai-DeepSeek-V3.1": "<｜tool▁calls▁begin｜>",
        "Kimi-K2-Instruct": "<|tool_calls_section_begin|>",
        "Kimi-K2-Thinking": "<|tool_calls_section_begin|>",
        "openai-gpt-oss-120b": "<|channel|>commentary to=functions.",
        "NVIDIA-Nemotron-Nano-v2": "<TOOLCALL>",
        "unsloth-Apriel-1.5": "<tool_calls>",
        "LFM2-8B-A1B": "<|tool_call_start|>",
        "LFM2.5-8B-A1B": "<|tool_call_start|>",
        "LFM2.5-Instruct": "<|tool_call_start|>",
        "google-gemma-4-31B-it": "<|tool_call>",
        "google-gemma-4-31B-it-interleaved": "<|tool_call>",
        "MiniMax-M3": "]<]minimax[>[",
        "openbmb-MiniCPM5-1B": "<function",
        "fireworks-ai-llama-3-firefunction-v2": "functools[",
      });
      const withMembers = [
        ["Qwen3-Coder", "<parameter="],
        ["Qwen3.5-4B", "<parameter="],
        ["NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "<parameter="],
        ["StepFun3.5-Flash", "<parameter="],
        ["GLM-4.6", "<arg_key>"],
        ["GLM-4.7-Flash", "<arg_key>"],
        ["poolside-Laguna-XS.2", "<arg_key>"],
        ["MiniMax-M2", '<parameter name="'],
        ["ByteDance-Seed-OSS", "<parameter="],
        ["tencent-Hy3", "<arg_key:opensource>"],
        ["deepseek-ai-DeepSeek-V3.2", '<｜DSML｜parameter name="'],
        ["deepseek-ai-DeepSeek-V4", '<｜DSML｜parameter name="'],
      ];
      for (const [name, beforeKey] of withMembers)
        expect(read(readFileSync(join(folder, `${name}.jinja`), "utf8")).formats.calls.members).toMatchObject(
          {
            beforeKey,
          },
        );
    },
  );

  it.skipIf(!isThere)("put plain conversations in the words of every real model", () => {
    const said = ["SYSTEM", "FIRST", "ANSWER", "SECOND"];
    const roles = ["system", "user", "assistant", "user"] as const;
    const messages = said.map((content, index) => ({ role: roles[index], content }));
    const names = readdirSync(folder).filter((file) => file.endsWith(".jinja"));
    for (const name of names) {
      const { render } = read(readFileSync(join(folder, name), "utf8"));
      for (const effort of ["high", "minimal"])
        for (const part of said) expect(render(messages, { effort }), name).toContain(part);
    }
  });
});
