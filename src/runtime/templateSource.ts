/**
 * Rewrites in-place changes of lists in a namespace, which our Jinja does not support, as assignments: `set _ = queue.ids.append(id)`
 * and `set id = queue.ids.pop(0)`, as in Kimi K2.
 */
export function withoutListMethods(source: string): string {
  return source
    .replace(/\{%-?\s*set\s+\w+\s*=\s*(\w+\.\w+)\.append\(([^()%]*)\)\s*-?%\}/g, "{%- set $1 = $1 + [$2] -%}")
    .replace(
      /\{%-?\s*set\s+(\w+)\s*=\s*(\w+\.\w+)\.pop\(0\)\s*-?%\}/g,
      "{%- set $1 = $2[0] -%}{%- set $2 = $2[1:] -%}",
    );
}
