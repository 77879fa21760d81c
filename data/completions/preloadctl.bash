# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
# shellcheck shell=bash

# Names that the daemon shows to us: to root, that is.
_preloadctl_programs() {
    preloadctl stats --by exe -n 1000 --json 2>/dev/null |
        sed -n 's/^ *"program" : "\([^"\\]*\)",\{0,1\}$/\1/p'
}

# Adds those that begin with a word. Not by "compgen -W", which expands its words as a command line: whoever runs
# a program names it, and its name may be $(a command).
_preloadctl_add_programs() {
    local name quoted
    while IFS= read -r name; do
        [[ $name == "$1"* ]] || continue
        printf -v quoted %q "$name"
        COMPREPLY+=("$quoted")
    done < <(_preloadctl_programs)
}

_preloadctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    local commands='status stats health predict explain show top watch pause resume promote demote ignore
        forget pin unpin pins dump save reload metrics report export import
        analyze residency warm record discover'
    local strategies='inference-order sequential first-n-layers metadata-only' options
    COMPREPLY=()
    case $before in
    --by) mapfile -t COMPREPLY < <(compgen -W 'exe day' -- "$word"); return ;;
    --socket | --output | -o | --state | -s) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --from | --manifest) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --strategy) mapfile -t COMPREPLY < <(compgen -W "$strategies" -- "$word"); return ;;
    --policy) mapfile -t COMPREPLY < <(compgen -W 'fs blob none slow rest directory' -- "$word"); return ;;
    --count | -n | --layers | --range | --budget | --rate | --threads) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --by | --socket | --output | -o | --state | -s | --count | -n | --from | --manifest | --strategy | --policy | \
            --layers | --range | --budget | --rate | --threads) i=$((i + 1)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    if [[ $word == -* ]]; then
        options='--socket --json --by --count --output --help --version'
        case $command in
        warm) options='--strategy --layers --range --from --policy --budget --rate --threads --force --queue --wait
            --manifest --json --help' ;;
        analyze | residency) options='--manifest --json --help' ;;
        record) options='--output --json --help' ;;
        export | import) options='--state --json --help' ;;
        discover) options='--browsers --json --help' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    case $command in
    '') mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    explain | show | promote | demote | ignore | forget) _preloadctl_add_programs "$word" ;;
    export | import) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    analyze | residency | warm) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    record) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
    pin | unpin)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        _preloadctl_add_programs "$word"
        ;;
    pause) mapfile -t COMPREPLY < <(compgen -W '15m 1h 2h 1d' -- "$word") ;;
    esac
}

complete -F _preloadctl preloadctl
