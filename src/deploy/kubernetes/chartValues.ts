import type { KubernetesOptions } from "./options.js";

/** A value of the chart, filled in by Helm: an expression, as a number or as text. */
export class Placeholder {
  readonly expression: string;
  readonly isText: boolean;

  constructor(expression: string, isText: boolean) {
    this.expression = expression;
    this.isText = isText;
  }

  /** A mark that survives YAML; `fillPlaceholders` turns it into Helm's syntax. */
  toString(): string {
    return `@@${this.isText ? "text" : "number"} ${this.expression}@@`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The options in plain manifests, placeholders in the chart's templates. */
export type Values = {
  readonly [Key in keyof KubernetesOptions]: KubernetesOptions[Key] | Placeholder;
};

/** As text, which Kubernetes requires for some numbers. */
export function asText(value: string | number | undefined | Placeholder): string | Placeholder {
  return value instanceof Placeholder ? new Placeholder(value.expression, true) : String(value);
}

export function plus(value: number | Placeholder, more: number): number | Placeholder {
  return value instanceof Placeholder
    ? new Placeholder(`add ${value.expression} ${more}`, false)
    : value + more;
}

/** Replaces marks in YAML text with Helm's syntax. */
export function fillPlaceholders(yaml: string): string {
  return yaml
    .replace(
      /^(.*: )"?@@(text|number) ([^@]+)@@"?$/gm,
      (_, head: string, kind: string, expression: string) =>
        kind === "text" ? `${head}{{ ${expression} | quote }}` : `${head}{{ ${expression} }}`,
    )
    .replace(/@@(?:text|number) ([^@]+)@@/g, "{{ $1 }}");
}
