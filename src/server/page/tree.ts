import { element } from "./dom.js";
import { JsonPieces } from "./pieces.js";

/** An open array or object in the tree. */
interface Branch {
  list: HTMLUListElement;
  count: HTMLElement;
  isObject: boolean;
  children: number;
}

/** Displays a JSON document as nested lists that grow as its text arrives. Nested lists can be collapsed. */
export class Tree {
  private readonly root: HTMLUListElement;
  private readonly branches: Branch[] = [];
  private readonly pieces: JsonPieces;
  private name: string | undefined;
  private string: HTMLElement | undefined;

  /** `parent` contains the tree; `label` is its accessible name. */
  constructor(parent: HTMLElement, label: string) {
    this.root = element("ul", { class: "tree", "aria-label": label });
    parent.append(this.root);
    this.pieces = new JsonPieces({
      open: (kind) => this.open(kind === "object"),
      close: () => this.close(),
      name: (name) => {
        this.name = name;
      },
      string: () => {
        this.string = element("span", { class: "value string growing" });
        this.add(this.string);
      },
      more: (text) => this.string?.append(text),
      stringEnd: () => this.string?.classList.remove("growing"),
      scalar: (text) => this.add(element("span", { class: "value" }, text)),
    });
  }

  push(text: string): void {
    this.pieces.push(text);
  }

  end(): void {
    this.pieces.end();
  }

  private open(isObject: boolean): void {
    const list = element("ul");
    const count = element("span", { class: "count" }, isObject ? "{}" : "[]");
    const summary = element("summary", {}, ...this.label(), count);
    this.addItem(element("details", { open: true }, summary, list));
    this.branches.push({ list, count, isObject, children: 0 });
  }

  private close(): void {
    this.branches.pop();
  }

  private add(value: HTMLElement): void {
    this.addItem(element("span", { class: "leaf" }, ...this.label(), value));
  }

  private addItem(content: HTMLElement): void {
    const branch = this.branches.at(-1);
    (branch?.list ?? this.root).append(element("li", {}, content));
    this.name = undefined;
    if (branch === undefined) return;
    branch.children++;
    branch.count.textContent = branch.isObject ? `{${branch.children}}` : `[${branch.children}]`;
  }

  /** The name of a member, or the index of an item. */
  private label(): HTMLElement[] {
    const branch = this.branches.at(-1);
    if (branch === undefined) return [];
    const isNamed = branch.isObject;
    const text = isNamed ? (this.name ?? "") : String(branch.children);
    return [element("span", { class: isNamed ? "name" : "name index" }, text)];
  }
}
