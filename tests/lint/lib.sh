# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
#
# What the lints share. A finding is a line "FILE:LINE: what" on standard output; lint_end fails if
# there was any. Run by "meson test", or by hand from anywhere in the checkout.
set -eu
cd "${srcdir:-$(dirname "$0")/../..}"
export LC_ALL=C.UTF-8

findings=$(mktemp)
trap 'rm -f "$findings"' EXIT

# Reads findings from standard input.
lint_found() {
    cat >>"$findings"
}

lint_skip() {
    echo "SKIP: $*" >&2
    [ "${PRELOAD_TESTS_NO_SKIP-}" != 1 ] || exit 1
    exit 77 # what meson takes for a skip
}

lint_end() {
    [ -s "$findings" ] || exit 0
    cat "$findings"
    exit 1
}

# Every file of the checkout but what git and the builds keep for themselves.
lint_files() {
    find . -name .git -prune -o -path './build*' -prune -o -type f -print | sed 's,^\./,,' | sort
}

# Shell scripts, whatever their names, but for those that are there to be wrong.
lint_scripts() {
    lint_files | grep -v '^tests/fuzz/corpus/' | tr '\n' '\0' |
        xargs -0 awk 'FNR == 1 && (/^#!.*sh$/ || /^# shellcheck shell=sh$/) { print FILENAME }
                      FNR == 1 { nextfile }'
}
