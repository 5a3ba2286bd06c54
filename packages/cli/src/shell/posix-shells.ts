/*
 * The function `jobs` for shells of the family of sh. The shell's own `jobs` gets what it understands: nothing, `%1`
 * and its letters. The command gets the rest.
 */

/** Calls the command: the one installed nearest above, else one on the PATH, else that of the registry. */
const CALL = `__jobs_call() {
  local dir="$PWD"
  while [ ! -x "$dir/node_modules/.bin/jobs-cli" ]; do
    case $dir in
      */*) dir="\${dir%/*}" ;;
      *)
        if command -v jobs-cli >/dev/null 2>&1; then JOBS_CALLED_AS=jobs command jobs-cli "$@"
        elif [ "\${1-}" = complete ]; then return 1
        else JOBS_CALLED_AS=jobs command npx @jobs/cli "$@"
        fi
        return
        ;;
    esac
  done
  JOBS_CALLED_AS=jobs "$dir/node_modules/.bin/jobs-cli" "$@"
}
`;

/** `head` begins the function; `builtin` calls the shell's own command. */
const body = (head: string, builtin: string) => `${head} {
  local word
  for word in "$@"; do
    case $word in
      %*) ;;
      - | -*[!dlnprs]*) __jobs_call "$@"; return ;;
      -*) ;;
      *) __jobs_call "$@"; return ;;
    esac
  done
  ${builtin} jobs "$@"
}
`;

/** An alias would win over the function. */
const UNALIAS = "unalias jobs 2>/dev/null || :\n";

/** For dash and other shells that have `local`: no completion. */
export const SH = `${UNALIAS}${CALL}${body("jobs()", "command")}`;

/**
 * Readline replaces only what follows the last of its break characters, such as `=`. So the part before it is cut off
 * from what the command offers.
 */
export const BASH = `${UNALIAS}${CALL}${body("function jobs", "builtin")}
__jobs_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" current cut="" candidate text
  local -a words
  COMPREPLY=()
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=("") ;; esac
  current="\${words[\${#words[@]}-1]}"
  case $current in
    %*) COMPREPLY=($(compgen -j -P % -- "\${current#%}")); return ;;
  esac
  cut="\${current%"\${current##*[$COMP_WORDBREAKS]}"}"
  while IFS=$'\\t' read -r candidate text; do
    if [ "$candidate" = :files ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "\${current##*[=@]}")
      return
    fi
    case $candidate in *=) compopt -o nospace 2>/dev/null ;; esac
    COMPREPLY+=("\${candidate#"$cut"}")
  done < <(__jobs_call complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F __jobs_complete jobs jobs-cli
`;

/** Completion needs zsh's `compinit` before. */
export const ZSH = `${UNALIAS}${CALL}${body("function jobs", "builtin")}
__jobs_complete() {
  local line value text
  local -a whole begun
  if [[ $PREFIX == %* ]]; then
    _jobs_builtin
    return
  fi
  for line in "\${(@f)$(__jobs_call complete -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      compset -P '*[=@]'
      _files
      return
    fi
    value="\${line%%$'\\t'*}"
    text="\${line#*$'\\t'}"
    [[ -z $value ]] && continue
    if [[ $value == *= ]]; then begun+=("\${value//:/\\\\:}:$text"); else whole+=("\${value//:/\\\\:}:$text"); fi
  done
  _describe -t values jobs whole
  _describe -t names jobs begun -S ''
}
if (( $+functions[compdef] )); then compdef __jobs_complete jobs jobs-cli; fi
`;

/** One text for all of them. Each is quoted, since no shell can read what another one understands. */
export const POSIX = `if [ -n "\${ZSH_VERSION-}" ]; then
eval ${quoted(ZSH)}
elif [ -n "\${BASH_VERSION-}" ]; then
eval ${quoted(BASH)}
else
eval ${quoted(SH)}
fi
`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
