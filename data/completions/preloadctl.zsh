#compdef preloadctl
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors

_preloadctl_programs() {
    local -a programs expl
    programs=(${(f)"$(preloadctl stats --by exe -n 1000 --json 2>/dev/null |
        sed -n 's/^ *"program" : "\([^"\\]*\)",\{0,1\}$/\1/p')"})
    _wanted programs expl program compadd -a programs
}

_preloadctl_commands() {
    local -a commands
    commands=(
        'status:what preload does, and what it is good for'
        'stats:what it was good for, in all, by exe or by day'
        'health:what it lacks, what that costs, what to do'
        'predict:which programs are expected next'
        'explain:why a program is, or is not, expected'
        'show:what a program needs when it starts, by file'
        'top:all of that, live'
        'watch:launches, predictions and readings, as they happen'
        'pause:read nothing ahead for a while'
        'resume:end a pause'
        'promote:read a program ahead before others'
        'demote:read it ahead after others'
        'ignore:never learn it or read it ahead'
        'forget:forget what was learnt and said of it'
        'pin:keep files, or all that programs need, in memory'
        'unpin:no longer'
        'pins:what is pinned, and what came of that'
        'dump:write all that is known into the log'
        'save:save the state now'
        'reload:read the configuration again'
        'metrics:numbers for Prometheus'
        'report:all of it as a page for a browser'
        'export:write what programs need, for other machines'
        'import:take such a profile over'
        'analyze:of what parts a file consists'
        'residency:how much of a file is in memory'
        'warm:read files ahead, now'
        'record:run a command, write what it touched as a list'
        'discover:models that could be warmed'
    )
    _describe command commands
}

_preloadctl_argument() {
    case $words[(r)(explain|show|promote|demote|ignore|forget|pause|analyze|residency|warm|record|discover|export|import|pin|unpin)] in
    analyze | residency | warm | record) _files ;;
    discover) ;;
    pause) _values time 15m 1h 2h 1d ;;
    export|import) _files ;;
    pin | unpin) _alternative "programs:program:_preloadctl_programs" "files:file:_files" ;;
    ?*) _preloadctl_programs ;;
    esac
}

_arguments \
    '--socket=[the daemon'\''s socket]:path:_files' \
    '--json[answer in JSON]' \
    '--by=[of stats]:what:(exe day)' \
    {-n,--count=}'[how many]:count:' \
    {-o,--output=}'[of metrics and report: the file to replace]:file:_files' \
    {-s,--state=}'[of export and import: the state file]:file:_files' \
    {-h,--help}'[show the options]' \
    {-v,--version}'[show the version]' \
    '--strategy=[of warm]:strategy:(inference-order sequential first-n-layers metadata-only)' \
    '--layers=[of first-n-layers]:layers:' \
    '*--range=[of warm: a part]:range:' \
    '--from=[of warm: a list]:list:_files' \
    '--policy=[of warm]:policy:(fs blob none slow rest directory)' \
    '--budget=[of warm: no more than this]:size:' \
    '--rate=[of warm: so much a second]:size:' \
    '--threads=[of warm]:threads:' \
    '--force[of warm: whatever memory there is]' \
    '--queue[of warm: by the daemon]' \
    '--wait[of --queue]' \
    '--manifest=[the parts of the file]:manifest:_files' \
    '--browsers[of discover]' \
    '1:command:_preloadctl_commands' \
    '*::argument:_preloadctl_argument'
