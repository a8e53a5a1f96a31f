/** A text that opens one call, or a list of calls. */
export interface CallOpening {
  text: string;
  /** Opens one at the very beginning of the answer only. */
  onlyAtStart?: boolean;
  /** Between the opening and the name of the first call; later calls of a list begin with `CallLayout.beforeName`. */
  beforeName: string;
}

/** How a model writes calls of tools: both the grammar and the reader of answers follow it. */
export interface CallLayout {
  openings: readonly CallOpening[];
  /** The name stands inside a JSON string. */
  isNameQuoted: boolean;
  beforeName: string;
  afterName: string;
  /** The arguments are members between tags; otherwise they are JSON. */
  members?: MemberLayout;
  afterArguments: string;
  /** Between the calls of one list; undefined where every call has an opening and a closing text of its own. */
  separator?: string;
  closing: string;
}

/** How a model writes one argument of a call as a member between tags: a string as its bare text, other values as JSON. */
export interface MemberLayout {
  beforeKey: string;
  beforeValue: string;
  /** In place of `beforeValue` before JSON, where the model marks what is no bare text. */
  beforeJson?: string;
  /** Between a text and the closing tag. */
  padding: string;
  /** The closing tag, which the text of a value cannot hold. */
  closing: string;
  afterClosing: string;
}

/** How a model writes what it thinks before it answers. */
export interface ReasoningLayout {
  /** Empty where the prompt has opened the thought already. */
  opening: string;
  closing: string;
  /** Between the thought and the answer. */
  after: string;
}

/** What an answer may consist of, for the reader. */
export interface AnswerLayout {
  /** The answer begins with a thought. */
  reasoning?: ReasoningLayout;
  calls?: CallLayout;
  /** Of calls with members: by the name of the tool, those whose value is bare text. */
  bareMembers?: ReadonlyMap<string, ReadonlySet<string>>;
  /** After so many calls the answer is over. */
  maxCalls?: number;
  /** A call that repeats an earlier one is left out, and the answer is over. */
  callsMustDiffer?: boolean;
  /** What the answer begins with where it is no call: a header, which is no part of it. */
  contentOpening?: string;
  /** Texts that end the answer. */
  stop: readonly string[];
  /** Text in the answer is held to something: nothing inside it is a mark. */
  isConstrained: boolean;
  /** Makes the id of a call. */
  callId: () => string;
}
