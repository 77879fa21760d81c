# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
# shellcheck shell=bash

# Names that the daemon shows to us: to root, that is.
_preloadctl_programs() {
    preloadctl stats --by exe -n 1000 --json 2>/dev/null |
        sed -n 's/^ *"program" : "\([^"\\]*\)",\{0,1\}$/\1/p'
}

_preloadctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    local commands='status stats health predict explain show top watch pause resume promote demote ignore
        forget pin unpin pins dump save reload metrics report'
    COMPREPLY=()
    case $before in
    --by) mapfile -t COMPREPLY < <(compgen -W 'exe day' -- "$word"); return ;;
    --socket | --output | -o) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --count | -n) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --by | --socket | --output | -o | --count | -n) i=$((i + 1)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--socket --json --by --count --output --help --version' -- "$word")
        return
    fi
    case $command in
    '') mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    explain | show | promote | demote | ignore | forget)
        local IFS=$'\n'
        mapfile -t COMPREPLY < <(compgen -W "$(_preloadctl_programs)" -- "$word")
        ;;
    pin | unpin)
        local IFS=$'\n'
        mapfile -t COMPREPLY < <(compgen -f -W "$(_preloadctl_programs)" -- "$word")
        ;;
    pause) mapfile -t COMPREPLY < <(compgen -W '15m 1h 2h 1d' -- "$word") ;;
    esac
}

complete -F _preloadctl preloadctl
