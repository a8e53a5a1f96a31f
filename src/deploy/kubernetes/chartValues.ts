import type { KubernetesOptions } from "./options.js";

/** A value of the chart, to be filled in by Helm: an expression, as a number or as text. */
export class Placeholder {
  readonly expression: string;
  readonly isText: boolean;

  constructor(expression: string, isText: boolean) {
    this.expression = expression;
    this.isText = isText;
  }

  /** A mark that survives YAML; `fillPlaceholders` turns it into Helm's own spelling. */
  toString(): string {
    return `@@${this.isText ? "text" : "number"} ${this.expression}@@`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The options themselves in plain manifests, placeholders in the templates of the chart. */
export type Values = {
  readonly [Key in keyof KubernetesOptions]: KubernetesOptions[Key] | Placeholder;
};

/** As text, which is how Kubernetes wants some numbers. */
export function asText(value: string | number | undefined | Placeholder): string | Placeholder {
  return value instanceof Placeholder ? new Placeholder(value.expression, true) : String(value);
}

export function plus(value: number | Placeholder, more: number): number | Placeholder {
  return value instanceof Placeholder
    ? new Placeholder(`add ${value.expression} ${more}`, false)
    : value + more;
}

/** Marks in YAML text as Helm spells them; a mark inside a longer text is put in as it is. */
export function fillPlaceholders(yaml: string): string {
  return yaml
    .replace(
      /^(.*: )"?@@(text|number) ([^@]+)@@"?$/gm,
      (_, head: string, kind: string, expression: string) =>
        kind === "text" ? `${head}{{ ${expression} | quote }}` : `${head}{{ ${expression} }}`,
    )
    .replace(/@@(?:text|number) ([^@]+)@@/g, "{{ $1 }}");
}
