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
  afterArguments: string;
  /** Between the calls of one list; undefined where every call has an opening and a closing text of its own. */
  separator?: string;
  closing: string;
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
  /** What the answer begins with where it is no call: a header, which is no part of it. */
  contentOpening?: string;
  /** Texts that end the answer. */
  stop: readonly string[];
  /** Text in the answer is held to something: nothing inside it is a mark. */
  isConstrained: boolean;
  /** Makes the id of a call. */
  callId: () => string;
}
