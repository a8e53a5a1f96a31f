/** Small chat templates in the styles of well-known models: how they describe tools, write calls, and think. */

const TURNS = (call: string) =>
  `{% for m in messages %}{% if m.role == 'tool' %}<|user|>[result] {{ m.content }}<|end|>{% elif m.tool_calls %}<|assistant|>{{ m.content }}${call}<|end|>{% else %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;
const TOOLS = "{% if tools %}<|system|>{{ tools | tojson }}<|end|>{% endif %}";

/** As Hermes and Qwen: every call between tags of its own. */
export const HERMES_STYLE = `${TOOLS}${TURNS(
  `{% for c in m.tool_calls %}{{ '\\n' if m.content or not loop.first }}<tool_call>\n{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}\n</tool_call>{% endfor %}`,
)}`;

/** The same with thoughts, which the model opens itself. */
export const THINKING_STYLE = `${HERMES_STYLE}{% if add_generation_prompt and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}`;

/** As DeepSeek R1: the prompt opens the thought, whatever is asked. */
export const OPENED_THINKING_STYLE = `${TURNS("")}{% if add_generation_prompt %}<think>\n{% endif %}{# </think> #}`;

/** As DeepSeek R1's first: calls only beside a null content, the end of the list only after two, no thought after a result. */
export const NULL_CONTENT_STYLE =
  "{% set ns = namespace(is_tool=false) %}{% for m in messages %}{% set ns.is_tool = m.role == 'tool' %}" +
  "{% if m.role == 'tool' %}<|output|>{{ m.content }}<|output_end|>{% elif m.role == 'assistant' and m.content is none %}<|assistant|>" +
  "{% for c in m.tool_calls %}{{ '<|calls|>' if loop.first else '\\n' }}<|call|>{{ c.type }}<|sep|>{{ c.function.name + '\\n```json\\n' + c.function.arguments + '\\n```' }}<|call_end|>{{ '<|calls_end|><|end|>' if not loop.first }}{% endfor %}" +
  "{% elif m.role == 'assistant' %}<|assistant|>{{ m.content.split('</think>')[-1] }}<|end|>" +
  "{% else %}<|{{ m.role }}|>{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt and not ns.is_tool %}<|assistant|><think>\n{% endif %}";

/** As Mistral: one list of calls behind a tag. */
export const MISTRAL_STYLE = `${TOOLS}${TURNS(
  `[TOOL_CALLS][{% for c in m.tool_calls %}{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}, "id": "{{ c.id }}"}{{ ', ' if not loop.last }}{% endfor %}]`,
)}`;

/** As Llama 3: bare JSON, one call. */
export const LLAMA_STYLE = `${TOOLS}${TURNS(
  `{% if m.tool_calls | length > 1 %}{{ raise_exception('one call only') }}{% endif %}{"name": "{{ m.tool_calls[0].function.name }}", "parameters": {{ m.tool_calls[0].function.arguments | tojson }}}`,
)}{# <|python_tag|> #}`;

/** Knows no tools. */
export const TOOLLESS_STYLE =
  "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

/** As gpt-oss: a channel for each message; the past is spelled otherwise than the model writes. */
export const HARMONY_STYLE =
  "{% if tools %}<|start|>developer<|message|>{{ tools | tojson }}<|end|>{% endif %}" +
  "{% for m in messages %}{% if m.role == 'tool' %}<|start|>functions.{{ m.name }} to=assistant<|channel|>commentary<|message|>{{ m.content }}<|end|>" +
  "{% elif m.tool_calls %}<|start|>assistant to=functions.{{ m.tool_calls[0].function.name }}<|channel|>commentary json<|message|>{{ m.tool_calls[0].function.arguments | tojson }}<|call|>" +
  "{% elif m.role == 'assistant' %}<|start|>assistant<|channel|>final<|message|>{{ m.content }}<|end|>" +
  "{% else %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}";

/** As DeepSeek V3.1: a list of calls between control tokens, and not a word of which tools there are. */
export const DEEPSEEK_STYLE =
  "{% for m in messages %}{% if m.role == 'tool' %}<|output|>{{ m.content }}<|output_end|>{% elif m.tool_calls %}<|assistant|><|calls|>" +
  "{% for c in m.tool_calls %}<|call|>{{ c.function.name }}<|sep|>{{ c.function.arguments }}<|call_end|>{% endfor %}<|calls_end|><|end|>" +
  "{% else %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

const MEMBERS = (before: string, between: string, after: string) =>
  `{% for k, v in c.function.arguments | items %}${before}{{ k }}${between}{{ v if v is string else v | tojson }}${after}{% endfor %}`;

/** As Qwen3-Coder: arguments as members between tags, strings bare. */
export const CODER_STYLE = `${TOOLS}${TURNS(
  `{% for c in m.tool_calls %}\n<tool_call>\n<function={{ c.function.name }}>\n${MEMBERS("<parameter=", ">\n", "\n</parameter>\n")}</function>\n</tool_call>{% endfor %}`,
)}`;

/** As DeepSeek V3.2: a mark says whether a value is text; the arguments come as JSON text. */
export const MARKED_STYLE = `${TOOLS}${TURNS(
  `<calls>\n{% for c in m.tool_calls %}<invoke name="{{ c.function.name }}">\n{% set a = c.function.arguments | from_json if c.function.arguments is string else c.function.arguments %}{% for k, v in a | items %}<parameter name="{{ k }}" string="{{ 'true' if v is string else 'false' }}">{{ v if v is string else v | tojson }}</parameter>\n{% endfor %}</invoke>\n{% endfor %}</calls>`,
)}`;

/** As GLM 4.7: keys and values between tags, nothing else. */
export const GLM_STYLE = `${TOOLS}${TURNS(
  `{% for c in m.tool_calls %}<tool_call>{{ c.function.name }}${MEMBERS("<arg_key>", "</arg_key><arg_value>", "</arg_value>")}</tool_call>{% endfor %}`,
)}`;

/** As MiniMax M2: a list of calls with members. */
export const MINIMAX_STYLE = `${TOOLS}${TURNS(
  `\n<minimax:tool_call>\n{% for c in m.tool_calls %}<invoke name="{{ c.function.name }}">\n${MEMBERS('<parameter name="', '">', "</parameter>\n")}</invoke>\n{% endfor %}</minimax:tool_call>`,
)}`;

/** As LFM2: lists tools, and omits calls. */
export const LFM_STYLE = `{% if tools %}<|system|>List of tools: [{{ tools | tojson }}]<|end|>{% endif %}${TURNS("")}`;

/** As Gemma 4: objects with bare keys, strings between control tokens. */
export const GEMMA_STYLE = `${TOOLS}${TURNS(
  `{% for c in m.tool_calls %}<|tool_call>call:{{ c.function.name }}{{ '{' }}{% for k, v in c.function.arguments | items %}{{ k }}:{{ '<|"|>' ~ v ~ '<|"|>' if v is string else v | tojson }}{{ ',' if not loop.last }}{% endfor %}{{ '}' }}<tool_call|>{% endfor %}`,
)}`;

/** As MiniMax M3: keys as the names of tags, behind a control token. */
export const KEY_TAG_STYLE = `${TOOLS}${TURNS(
  `]<]minimax[>[<tool_call>\n{% for c in m.tool_calls %}]<]minimax[>[<invoke name="{{ c.function.name }}">{% for k, v in c.function.arguments | items %}]<]minimax[>[<{{ k }}>{{ v if v is string else v | tojson }}]<]minimax[>[</{{ k }}>{% endfor %}]<]minimax[>[</invoke>\n{% endfor %}]<]minimax[>[</tool_call>`,
)}`;

/** As MiniCPM5: texts may be in CDATA sections. */
export const CDATA_STYLE = `${TOOLS}${TURNS(
  `{% for c in m.tool_calls %}<function name="{{ c.function.name }}">${MEMBERS('<param name="', '">', "</param>")}</function>{% endfor %}`,
)}{# <![CDATA[ #}`;

/** As Firefunction v2: tools and the date in variables of its own. */
export const FUNCTOOLS_STYLE = `<|system|>{{ functions + ' ' + datetime }}<|end|>${TURNS(
  `functools[{% for c in m.tool_calls %}{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}{{ ', ' if not loop.last }}{% endfor %}]`,
)}`;

/** As Granite 3: told of the tools and of the tag before calls; past calls are omitted. */
export const GRANITE_STYLE = `{% if tools %}<|system|>Respond only with <|tool_call|> followed by a JSON list of tools used.<|end|>{% endif %}${TOOLS}${TOOLLESS_STYLE}`;
