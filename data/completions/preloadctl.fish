# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors

function __preloadctl_programs
    preloadctl stats --by exe -n 1000 --json 2>/dev/null |
        string match -rg '^ *"program" : "([^"\\\\]*)",?$'
end

set -l commands status stats health predict explain show top watch pause resume promote demote ignore forget \
    pin unpin pins dump save reload metrics report
set -l named explain show promote demote ignore forget pin unpin

complete -c preloadctl -f
complete -c preloadctl -l socket -r -F -d 'the daemon\'s socket'
complete -c preloadctl -l json -d 'answer in JSON'
complete -c preloadctl -l by -x -a 'exe day' -n '__fish_seen_subcommand_from stats'
complete -c preloadctl -s n -l count -x -d 'how many'
complete -c preloadctl -s o -l output -r -F -n '__fish_seen_subcommand_from metrics report'
complete -c preloadctl -s h -l help -d 'show the options'
complete -c preloadctl -s v -l version -d 'show the version'
complete -c preloadctl -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c preloadctl -n '__fish_seen_subcommand_from pause' -a '15m 1h 2h 1d'
complete -c preloadctl -n "__fish_seen_subcommand_from $named" -a '(__preloadctl_programs)'
complete -c preloadctl -n '__fish_seen_subcommand_from pin unpin' -F
