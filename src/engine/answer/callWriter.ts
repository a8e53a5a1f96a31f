import type { Segment, Tag } from "../../constraint/index.js";
import type { SchemaSource, Tool } from "../../types.js";
import { argumentsSchema } from "./argumentsSchema.js";
import { afterClosingOf, type CallLayout, type CallOpening, type MemberLayout } from "./layout.js";
import { literals } from "./literals.js";
import { type Member, membersOf } from "./members.js";

/** A tool with the pointer of its schema in the request, for errors. */
interface LocatedTool extends Tool {
  pointer: string;
}

/** The grammar of calls in the model's format, constrained to the tools. */
export class CallWriter {
  readonly isList: boolean;
  private readonly tools: readonly LocatedTool[];
  private readonly layout: CallLayout;
  private readonly parallel: boolean;
  private readonly documents: SchemaSource["documents"];

  constructor(
    tools: readonly LocatedTool[],
    layout: CallLayout,
    parallel: boolean,
    documents: SchemaSource["documents"],
  ) {
    this.documents = documents;
    this.tools = tools;
    this.layout = layout;
    this.parallel = parallel;
    this.isList = layout.separator !== undefined;
  }

  /** Openings that mean a call in any position: the only unambiguous ones if the answer may be a document instead. */
  anywhere(): CallOpening[] {
    const openings = this.layout.openings.filter((opening) => opening.onlyAtStart !== true);
    return openings.length > 0 ? openings : [...this.layout.openings];
  }

  /** Openings in free text; text may follow their calls. */
  tags(): Tag[] {
    return this.layout.openings.map((opening) => ({
      opening: opening.text,
      ...(opening.onlyAtStart === true ? { onlyAtStart: true } : {}),
      then: this.afterOpening(opening),
    }));
  }

  /** Openings whose calls end the answer. */
  lastTag(opening: CallOpening): Tag {
    const then = this.afterOpening(opening);
    if (!this.parallel || this.isList || opening.onlyAtStart === true) return { opening: opening.text, then };
    return {
      opening: opening.text,
      then: [...then, { kind: "oneOf", of: [[], this.furtherCalls(opening)] }],
    };
  }

  /** Only calls. */
  calls(): Segment[] {
    const [opening] = this.layout.openings;
    const { opening: text, then } = this.lastTag(opening);
    return [...literals(text), ...then];
  }

  private furtherCalls(opening: CallOpening): Segment[] {
    const of: Segment[] = [...literals(opening.text), ...this.afterOpening(opening)];
    return [
      { kind: "literal", text: "\n" },
      { kind: "repeat", of, separator: "\n", closing: "" },
    ];
  }

  private afterOpening({ beforeName }: CallOpening): Segment[] {
    const { layout } = this;
    const first: Segment[] = [...literals(beforeName), ...this.nameAndArguments()];
    const closing = literals(layout.closing);
    if (layout.separator === undefined || !this.parallel) return [...first, ...closing];
    const of: Segment[] = [...literals(layout.beforeName), ...this.nameAndArguments()];
    const further: Segment[] = [
      { kind: "literal", text: layout.separator, isTag: true },
      { kind: "repeat", of, separator: layout.separator, closing: layout.closing, isTag: true },
    ];
    return [...first, { kind: "oneOf", of: [closing, further] }];
  }

  private nameAndArguments(): Segment[] {
    const { afterName, afterArguments, isNameQuoted } = this.layout;
    const of = this.tools.map((tool): Segment[] => [
      ...literals(`${isNameQuoted ? JSON.stringify(tool.name).slice(1, -1) : tool.name}${afterName}`),
      ...this.argumentsOf(tool),
    ]);
    return [{ kind: "oneOf", of }, ...literals(afterArguments)];
  }

  private argumentsOf(tool: LocatedTool): Segment[] {
    const { members } = this.layout;
    if (members === undefined) return [this.document(argumentsSchema(tool.parameters), tool.pointer, tool)];
    const written = membersOf(tool, members)!.map((member) => ({
      isRequired: member.isRequired,
      segments: this.memberSegments(member, members, tool),
    }));
    if (members.separator !== undefined) return separated(written, literals(members.separator));
    return written.flatMap(({ isRequired, segments }): Segment[] =>
      isRequired ? segments : [{ kind: "oneOf", of: [[], segments] }],
    );
  }

  private memberSegments({ key, value }: Member, layout: MemberLayout, tool: LocatedTool): Segment[] {
    const { beforeKey, beforeValue, beforeJson = beforeValue, padding, closing } = layout;
    const afterClosing = afterClosingOf(layout, key);
    const opening = literals(`${beforeKey}${key}${value.kind === "json" ? beforeJson : beforeValue}`);
    switch (value.kind) {
      case "text":
        return [...opening, { kind: "text", until: closing }, ...literals(afterClosing)];
      case "choice": {
        const end = literals(`${padding}${closing}${afterClosing}`);
        return [...opening, { kind: "choice", choices: value.choices }, ...end];
      }
      case "json": {
        // White space behind JSON would count as the document's own.
        const end = literals(`${layout.closingJson ?? closing}${afterClosing}`);
        return [...opening, this.document(value.schema, `${tool.pointer}/properties/${key}`, tool), ...end];
      }
    }
  }

  private document(schema: string, pointer: string, { strict }: Tool): Segment {
    const { documents } = this;
    const options = {
      ...(documents === undefined ? {} : { documents }),
      ...(strict === true ? { additionalMembers: "closed" as const } : {}),
    };
    return { kind: "document", schema, pointer, ...(Object.keys(options).length === 0 ? {} : { options }) };
  }
}

interface WrittenMember {
  isRequired: boolean;
  segments: Segment[];
}

/** The members from index `at` on with a separator between two; `isFirst`: none precedes them. */
function separated(
  members: readonly WrittenMember[],
  separator: readonly Segment[],
  at = 0,
  isFirst = true,
): Segment[] {
  if (at === members.length) return [];
  const { isRequired, segments } = members[at];
  const after = separated(members, separator, at + 1, false);
  if (isFirst) {
    const present = [...segments, ...after];
    return isRequired
      ? present
      : [{ kind: "oneOf", of: [present, separated(members, separator, at + 1, true)] }];
  }
  const next = [...separator, ...segments];
  return [...(isRequired ? next : [{ kind: "oneOf" as const, of: [[], next] }]), ...after];
}
