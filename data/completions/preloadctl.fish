# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors

function __preloadctl_programs
    preloadctl stats --by exe -n 1000 --json 2>/dev/null |
        string match -rg '^ *"program" : "([^"\\\\]*)",?$'
end

set -l commands status stats health predict explain show top watch pause resume promote demote ignore forget \
    pin unpin pins dump save reload metrics report export import analyze residency warm record discover
set -l named explain show promote demote ignore forget pin unpin

complete -c preloadctl -f
complete -c preloadctl -l socket -r -F -d 'the daemon\'s socket'
complete -c preloadctl -l json -d 'answer in JSON'
complete -c preloadctl -l by -x -a 'exe day' -n '__fish_seen_subcommand_from stats'
complete -c preloadctl -s n -l count -x -d 'how many'
complete -c preloadctl -s o -l output -r -F -n '__fish_seen_subcommand_from metrics record report'
complete -c preloadctl -s s -l state -r -F -n '__fish_seen_subcommand_from export import'
complete -c preloadctl -n '__fish_seen_subcommand_from export import' -F
complete -c preloadctl -s h -l help -d 'show the options'
complete -c preloadctl -s v -l version -d 'show the version'
complete -c preloadctl -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c preloadctl -n '__fish_seen_subcommand_from pause' -a '15m 1h 2h 1d'
complete -c preloadctl -n "__fish_seen_subcommand_from $named" -a '(__preloadctl_programs)'
complete -c preloadctl -F -n '__fish_seen_subcommand_from analyze residency warm record'
complete -c preloadctl -l manifest -r -F -n '__fish_seen_subcommand_from analyze residency warm'
complete -c preloadctl -l strategy -x -a 'inference-order sequential first-n-layers metadata-only' \
    -n '__fish_seen_subcommand_from warm'
complete -c preloadctl -l policy -x -a 'fs blob none slow rest directory' -n '__fish_seen_subcommand_from warm'
complete -c preloadctl -l from -r -F -n '__fish_seen_subcommand_from warm'
for option in layers range budget rate threads
    complete -c preloadctl -l $option -x -n '__fish_seen_subcommand_from warm'
end
for option in force queue wait
    complete -c preloadctl -l $option -n '__fish_seen_subcommand_from warm'
end
complete -c preloadctl -l browsers -n '__fish_seen_subcommand_from discover'
complete -c preloadctl -l verify -n '__fish_seen_subcommand_from analyze'
complete -c preloadctl -n '__fish_seen_subcommand_from pin unpin' -F
