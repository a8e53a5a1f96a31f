/** A text that opens one call, or a list of calls. */
export interface CallOpening {
  text: string;
  /** Whether it only applies at the very start of the answer. */
  onlyAtStart?: boolean;
  /** Between the opening and the name of the first call; later calls of a list begin with `CallLayout.beforeName`. */
  beforeName: string;
}

/** The format of a model's tool calls, for the grammar and the reader of answers. */
export interface CallLayout {
  openings: readonly CallOpening[];
  /** Whether the name is inside a JSON string. */
  isNameQuoted: boolean;
  beforeName: string;
  afterName: string;
  /** Set if the arguments are members between tags; otherwise they are JSON. */
  members?: MemberLayout;
  afterArguments: string;
  /** Separator between the calls of a list; undefined if each call has its own opening and closing text. */
  separator?: string;
  closing: string;
}

/** The format of an argument as a member between tags: a string as bare text, other values as JSON. */
export interface MemberLayout {
  beforeKey: string;
  beforeValue: string;
  /** Replaces `beforeValue` before JSON, for models that mark values other than bare text. */
  beforeJson?: string;
  /** Between a text and the closing tag. */
  padding: string;
  /** The closing tag, which the text of a value cannot contain. */
  closing: string;
  /** Replaces `closing` after JSON. */
  closingJson?: string;
  /** `{key}` stands for the key, for tags that repeat it. */
  afterClosing: string;
  /** Between two members, in formats that separate them; the other formats have tags around each. */
  separator?: string;
  /** Optional marks around a text with characters that would need escaping. */
  quotes?: { opening: string; closing: string };
  /** `json`: strings are JSON, too. `flat`: the format has another notation for lists, objects and constrained strings. */
  values?: "json" | "flat";
}

/** The text after the closing tag of the member `key`. */
export function afterClosingOf({ afterClosing }: MemberLayout, key: string): string {
  return afterClosing.replace("{key}", () => key);
}

/** The format of a model's reasoning before the answer. */
export interface ReasoningLayout {
  /** Empty if the prompt has already opened the reasoning. */
  opening: string;
  closing: string;
  /** Between the reasoning and the answer. */
  after: string;
}

/** The possible parts of an answer, for the reader. */
export interface AnswerLayout {
  /** Whether the answer starts with reasoning. */
  reasoning?: ReasoningLayout;
  calls?: CallLayout;
  /** For calls with members: the members whose value is bare text, by tool. */
  bareMembers?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Number of calls after which the answer ends. */
  maxCalls?: number;
  /** Whether a call that repeats an earlier one is dropped and ends the answer. */
  callsMustDiffer?: boolean;
  /** A header before an answer that is not a call; not part of the answer. */
  contentOpening?: string;
  /** Texts that end the answer. */
  stop: readonly string[];
  /** Whether text in the answer is constrained, so that it contains no marks. */
  isConstrained: boolean;
  /** Creates the id of a call. */
  callId: () => string;
}
