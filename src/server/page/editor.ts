import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  WidgetType,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { placeOf } from "./place.js";

/** The key that sends the request, handled by the page. */
const GENERATE = "Mod-Enter";

/** Colours are the page's custom properties, which also apply in the shadow tree. */
const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--field)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.55", minHeight: "12rem", maxHeight: "26rem" },
  ".cm-content": { padding: "0.6rem 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--quiet)",
    border: "none",
    paddingLeft: "0.3rem",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)", outline: "none" },
  ".refused-line": { backgroundColor: "var(--bad-ground)" },
  ".refusal": {
    padding: "0.35rem 0.75rem",
    color: "var(--bad)",
    backgroundColor: "var(--bad-ground)",
    borderLeft: "3px solid var(--bad)",
    font: "0.8125rem/1.45 var(--sans)",
    whiteSpace: "normal",
    overflowWrap: "anywhere",
  },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: [tags.separator, tags.bracket, tags.squareBracket, tags.brace], color: "var(--quiet)" },
]);

class Refusal extends WidgetType {
  private readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
  }

  override eq(other: Refusal): boolean {
    return other.message === this.message;
  }

  toDOM(): HTMLElement {
    const shown = document.createElement("div");
    shown.className = "refusal";
    shown.textContent = this.message;
    return shown;
  }
}

const refuse = StateEffect.define<{ at: number; message: string } | undefined>();

/** An error message under its line; removed with the next change. */
const refusal = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(refuse)) continue;
      if (effect.value === undefined) return Decoration.none;
      const line = transaction.state.doc.lineAt(effect.value.at);
      return Decoration.set([
        Decoration.line({ class: "refused-line" }).range(line.from),
        Decoration.widget({ widget: new Refusal(effect.value.message), block: true, side: 1 }).range(line.to),
      ]);
    }
    return transaction.docChanged ? Decoration.none : shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A JSON editor in `host`. It uses a shadow tree, in which a strict content security policy permits its styles. */
export class JsonEditor {
  private readonly view: EditorView;

  /** `label` is its accessible name; `onChange` is called after each change of its text. */
  constructor(host: HTMLElement, label: string, onChange: () => void) {
    const root = host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          json(),
          syntaxHighlighting(colours),
          refusal,
          theme,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          EditorView.updateListener.of(({ docChanged }) => {
            if (docChanged) onChange();
          }),
          keymap.of([...defaultKeymap.filter(({ key }) => key !== GENERATE), ...historyKeymap]),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  /** Shows an error message under the line of `pointer` and, within it, `keyword`. */
  refuse(message: string, pointer: string, keyword?: string): void {
    this.refuseAt(message, placeOf(this.view.state, pointer, keyword));
  }

  /** Shows an error message under the line of the character at `offset`. */
  refuseAt(message: string, offset: number): void {
    const at = Math.min(offset, this.view.state.doc.length);
    const scroll = EditorView.scrollIntoView(at, { y: "center" });
    this.view.dispatch({ effects: [refuse.of({ at, message }), scroll] });
    this.view.contentDOM.setAttribute("aria-invalid", "true");
  }

  accept(): void {
    this.view.dispatch({ effects: refuse.of(undefined) });
    this.view.contentDOM.removeAttribute("aria-invalid");
  }

  focus(): void {
    this.view.focus();
  }
}
