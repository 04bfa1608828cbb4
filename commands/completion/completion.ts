import type { Command } from "commander";

export type Shell = "bash" | "zsh" | "fish";

/** Name in package.json, by which the script knows that it is in this project. */
const PROJECT = "wbot-on-aws";

/** What may follow the words typed so far. */
interface Place {
  /** Script, subcommand and perhaps an option that wants a value: "secrets push --env". */
  readonly words: string;
  readonly candidates: readonly string[];
}

/** A script for a shell's start-up file; it holds all candidates, so that completing runs nothing. */
export function completion(program: Command, shell: Shell): string {
  const all = places(program);
  const cases = all.map(({ words, candidates }) => ({ words, text: candidates.join(" ") }));
  switch (shell) {
    case "bash":
      return bash(cases);
    case "zsh":
      return zsh(cases);
    case "fish":
      return fish(cases);
  }
}

function places(program: Command): Place[] {
  const found: Place[] = [{ words: "", candidates: program.commands.map((command) => command.name()) }];
  const visit = (command: Command, path: readonly string[]): void => {
    const options = command.options.filter(({ hidden }) => !hidden);
    const values = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
    const words = path.join(" ");
    found.push({
      words,
      candidates: [
        ...command.commands.map((each) => each.name()),
        ...values,
        ...options.flatMap(({ long }) => long ?? []),
        "--help",
      ],
    });
    for (const { long, argChoices } of options)
      if (argChoices !== undefined && typeof long === "string")
        found.push({ words: `${words} ${long}`, candidates: argChoices });
    for (const each of command.commands) visit(each, [...path, each.name()]);
  };
  for (const command of program.commands) visit(command, [command.name()]);
  return found;
}

interface Case {
  readonly words: string;
  readonly text: string;
}

/**
 * The candidates of a line, as a function of POSIX shells: $1 is the word to complete, what follows are the words before
 * it, from the script on. The longest known place wins: an option that wants a value, else the subcommand, else the script.
 */
function lookup(cases: readonly Case[]): string {
  return `_wbot_project() {
  grep -qs '"name": "${PROJECT}"' package.json
}
_wbot_at() {
  case "$1" in
${cases.map(({ words, text }) => `    "${words}") echo "${text}" ;;`).join("\n")}
    *) return 1 ;;
  esac
}
_wbot_candidates() {
  if [ $# -eq 0 ]; then _wbot_at ""; return; fi
  _wbot_script=$1; shift
  _wbot_sub=""; _wbot_last=""
  for _wbot_word in "$@"; do
    case "$_wbot_word" in
      --) ;;
      -*) ;;
      *) if [ -z "$_wbot_sub" ] && _wbot_at "$_wbot_script $_wbot_word" >/dev/null; then _wbot_sub=" $_wbot_word"; fi ;;
    esac
    _wbot_last=$_wbot_word
  done
  case "$_wbot_last" in
    --?*) _wbot_at "$_wbot_script$_wbot_sub $_wbot_last" && return ;;
  esac
  _wbot_at "$_wbot_script$_wbot_sub"
}`;
}

function bash(cases: readonly Case[]): string {
  return `# npm run in ${PROJECT}: commands, options, environments
${lookup(cases)}
_wbot_before=$(complete -p npm 2>/dev/null | sed -n 's/.*-F \\([^ ]*\\) npm$/\\1/p')
_wbot_npm() {
  if [ "\${COMP_WORDS[1]}" = run ] && [ "$COMP_CWORD" -ge 2 ] && _wbot_project; then
    local script=2
    while [ "$script" -lt "$COMP_CWORD" ] && case "\${COMP_WORDS[script]}" in -*) true ;; *) false ;; esac; do script=$((script + 1)); done
    local found
    if found=$(_wbot_candidates "\${COMP_WORDS[@]:script:COMP_CWORD-script}"); then
      case "$script" in "$COMP_CWORD") ;; *)
        # npm keeps options for itself until two dashes have been typed.
        case " \${COMP_WORDS[*]:script:COMP_CWORD-script} " in *" -- "*) ;; *) found="--" ;; esac ;;
      esac
      COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
      return
    fi
  fi
  if [ -n "$_wbot_before" ]; then "$_wbot_before" "$@"; fi
}
complete -o default -F _wbot_npm npm`;
}

function zsh(cases: readonly Case[]): string {
  return `# npm run in ${PROJECT}: commands, options, environments
${lookup(cases)}
_wbot_before=\${_comps[npm]:-}
_wbot_npm() {
  if [[ \${words[2]} == run ]] && (( CURRENT >= 3 )) && _wbot_project; then
    local script=3 found
    while (( script < CURRENT )) && [[ \${words[script]} == -* ]]; do (( script++ )); done
    if found=$(_wbot_candidates "\${(@)words[script,CURRENT-1]}"); then
      # npm keeps options for itself until two dashes have been typed.
      if (( script < CURRENT )) && [[ " \${words[script,CURRENT-1]} " != *" -- "* ]]; then found="--"; fi
      compadd -- \${=found}
      return
    fi
  fi
  if [[ -n $_wbot_before ]]; then "$_wbot_before" "$@"; fi
}
compdef _wbot_npm npm`;
}

function fish(cases: readonly Case[]): string {
  const table = cases.map(
    ({ words, text }) => `        case ${quoted(words)}\n            string split ' ' -- ${quoted(text)}`,
  );
  return `# npm run in ${PROJECT}: commands, options, environments
function _wbot_at
    switch "$argv"
${table.join("\n")}
        case '*'
            return 1
    end
end
function _wbot_candidates
    set -l words (commandline -opc)[3..]
    while string match -q -- '-*' $words[1]
        set -e words[1]
    end
    if test (count $words) -eq 0
        _wbot_at ''
        return
    end
    # npm keeps options for itself until two dashes have been typed.
    if not contains -- '--' $words
        _wbot_at "$words[1]" >/dev/null; and echo '--'
        return
    end
    set -l path $words[1]
    set -l last $words[-1]
    for word in $words[2..]
        if not string match -q -- '-*' $word; and _wbot_at "$words[1] $word" >/dev/null
            set path "$words[1] $word"
            break
        end
    end
    if string match -q -- '--?*' $last; and _wbot_at "$path $last"
        return
    end
    _wbot_at "$path"
end
complete -c npm -f -n '__fish_seen_subcommand_from run; and grep -qs \\'"name": "${PROJECT}"\\' package.json' -a '(_wbot_candidates)'`;
}

function quoted(text: string): string {
  return `'${text}'`;
}
