import type { CompletedPlace } from "./words.js";

/** A script for bash: a function that looks up the possible next words. */
export function bashCompletion(places: readonly CompletedPlace[]): string {
  const follow = places.map(({ path, commands, flags }) => {
    const words = [...commands.map(({ name }) => name), ...flags.map(({ name }) => name), "--help"];
    return `    ${quoted(path)}) words=${quoted(words.join(" "))} ;;`;
  });
  const values = places.flatMap(({ path, flags }) =>
    flags
      .filter(({ choices }) => choices.length > 0)
      .map(({ name, choices }) => `    ${quoted(`${path} ${name}`)}) words=${quoted(choices.join(" "))} ;;`),
  );
  const takers = new Set(
    places.flatMap(({ flags }) => flags.filter((flag) => flag.takesValue).map(({ name }) => name)),
  );
  const groups = places.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return `# bash completion for formwork
_formwork() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${path:+$path }$word" in
      ${groups.join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path $previous" in
${values.join("\n")}
  esac
  if [[ -z $words ]]; then
    case "$previous" in
      ${[...takers].join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
    case "$path" in
${follow.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _formwork formwork
`;
}

/** A script for zsh: the bash script, through zsh's compatibility layer. */
export function zshCompletion(places: readonly CompletedPlace[]): string {
  return `#compdef formwork
autoload -U +X bashcompinit && bashcompinit
${bashCompletion(places)}`;
}

/** A script for fish: one line per word. */
export function fishCompletion(places: readonly CompletedPlace[]): string {
  const lines = places.flatMap(({ path, commands, flags }) => {
    const words = path === "" ? [] : path.split(" ");
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const further = commands.map(({ name }) => name).join(" ");
    if (further !== "") seen.push(`not __fish_seen_subcommand_from ${further}`);
    const condition = `-n ${quoted(seen.join("; and "))}`;
    return [
      ...commands.map(
        ({ name, summary }) => `complete -c formwork ${condition} -f -a ${name} -d ${quoted(summary)}`,
      ),
      ...flags.map(({ name, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
        return `complete -c formwork ${condition} -l ${name.slice(2)}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion for formwork\n${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
