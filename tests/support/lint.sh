#!/usr/bin/env bash
# ./dev lint: format, floors, clang-tidy, clazy. Runs on the platform; $1 is the build folder with compile_commands.json.
set -uo pipefail
build=$(cd "$1" && pwd -P)
cd "$(dirname "$0")/../.."
failures=0
say() { printf '%s\n' "$*" >&2; }

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h')
say "format: ${#sources[@]} files"
clang-format --dry-run --Werror "${sources[@]}" || { say "  ./dev exec clang-format -i … mends it"; failures=1; }

say "floors"
floors='base:0 json:1 credentials:1 redaction:1 index:1 genesys:2 evidence:2 catalogue:2 capture:3 audit:3 compare:3 access:4 attribution:4 search:4 policy:5 report:6 alerts:6 operations:7'
climbs=$(grep -rnE '^#include "([a-z]+)/' core --include='*.h' --include='*.cpp' | awk -v floors="$floors" '
    BEGIN { n = split(floors, a, " "); for (i = 1; i <= n; i++) { split(a[i], b, ":"); floor[b[1]] = b[2] } }
    { split($0, part, ":"); split(part[1], path, "/"); here = path[2]
      match($0, /#include "[a-z]+\//); there = substr($0, RSTART + 10, RLENGTH - 11)
      if (here != there && (!(there in floor) || floor[there] >= floor[here])) print part[1] ":" part[2] " includes " there }')
[ -z "$climbs" ] || { say "$climbs"; failures=1; }
for rule in 'git2.h:core/evidence' 'QSqlDatabase:core/index' 'yyjson.h:core/json'; do
    found=$(grep -rlE "#include <${rule%%:*}>" core ui app --include='*.h' --include='*.cpp' | grep -v "^${rule#*:}/")
    [ -z "$found" ] || { say "<${rule%%:*}> outside ${rule#*:}: $found"; failures=1; }
done
found=$(grep -rnE '#include <Q(Widget|Application|MainWindow|Painter|Color|Icon|Pixmap)>' core --include='*.h' --include='*.cpp')
[ -z "$found" ] || { say "Gui in core: $found"; failures=1; }
found=$(grep -rnE 'QJson(Document|Object|Array|Value)' core app/orgtracectl --include='*.h' --include='*.cpp')
[ -z "$found" ] || { say "QJson where exact numbers matter: $found"; failures=1; }

# Both tools look at one source with its headers, so what they found clean stays clean until one of these, the command or the rules change.
lint=$build/lint
mkdir -p "$lint/clean"
# GCC's precompiled headers and flags are not clang's: the same headers are precompiled for it once.
sed -E "s# -include [^ ]*orgtrace_pch_([a-z]+)\.dir/cmake_pch\.hxx# -include-pch $lint/\1.pch#g; s/ -fpch-preprocess//g; s/ -Winvalid-pch//g; s/ -Wshadow=local//g; s/^(.*\"command\": \")ccache /\1/" \
    "$build/compile_commands.json" >"$lint/compile_commands.json"
for kind in core ui; do
    [ "$lint/$kind.pch" -nt "$build/build.ninja" ] && [ "$lint/$kind.pch" -nt "cmake/pch_$kind.h" ] && continue
    command=$(grep -E "\"command\": .* -c [^ ]*/cmake/pch_$kind\.cpp\"" "$lint/compile_commands.json" | head -n 1 \
        | sed -E -e 's/^ *"command": "[^ ]+ //; s/ -o [^ ]+ -c .*$//; s# -include-pch [^ ]+##' -e 's/\\\\\\"/\\"/g')
    (cd "$build" && eval "clang++ $command -x c++-header $OLDPWD/cmake/pch_$kind.h -o lint/$kind.pch") || { failures=1; say "clang cannot precompile cmake/pch_$kind.h"; }
done
# The analyzer takes as long as everything else: with --long only.
deep=; [ -n "${ORGTRACE_TEST_LONG:-}" ] || deep=-clang-analyzer-*
clazy_checks=level1,no-non-pod-global-static,no-qstring-arg,no-range-loop-reference,no-connect-3arg-lambda
rules=$deep$(cat .clang-tidy tests/support/lint.sh | sha256sum)
sed -E 's# -include-pch [^ ]+##' "$lint/compile_commands.json" >"$lint/scan.json"
clang-scan-deps-19 -compilation-database "$lint/scan.json" -j "${ORGTRACE_JOBS:-$(nproc)}" 2>"$lint/scan.log" | awk -v top="$PWD/" '
    function flush() { if (unit != "") print unit files }
    /^[^ ].*:/ { flush(); unit = ""; files = ""; sub(/^[^ ]*:/, "") }
    { for (i = 1; i <= NF; ++i) {
          file = $i; sub(/^(\.\.\/)+/, "", file); sub("^" top, "", file)
          if (file !~ /^(core|ui|app)\// || file ~ /_autogen\/|\/\.qt\//) continue
          if (unit == "" && file ~ /\.cpp$/) unit = file
          files = files " " file } }
    END { flush() }' | sort | awk '!seen[$1]++' >"$lint/units"
expected=$(grep -cE '"file": "[^"]*/(core|ui|app)/[^"]*\.cpp"' "$lint/compile_commands.json")
generated=$(grep -cE '"file": "[^"]*/build/[^"]*/(core|ui|app)/[^"]*\.cpp"' "$lint/compile_commands.json")
[ "$(wc -l <"$lint/units")" -ge $((expected - generated)) ] || { failures=1; say "only $(wc -l <"$lint/units") of $((expected - generated)) sources could be read; $lint/scan.log says why"; }
look() { # UNIT FILES…: says what is wrong with one unit; silent where it is clean or known to be
    local unit=$1 key found; shift
    key=$({ printf '%s\n' "$rules"; sha256sum "$@"; } | sha256sum | cut -c1-32)
    [ ! -e "$lint/clean/$key" ] || return 0
    found=$(clang-tidy --quiet --checks="$deep" -p "$lint" "$unit" 2>/dev/null | grep -E '(warning|error):' -A4
            clazy-standalone -p "$lint" --checks="$clazy_checks" --header-filter='(core|ui|app)/.*' "$unit" 2>&1 | grep -E '(warning|error):')
    if [ -z "$found" ]; then touch "$lint/clean/$key"; else printf '%s\n' "$found"; return 1; fi
}
export -f look; export lint rules clazy_checks deep
say "clang-tidy and clazy: $(wc -l <"$lint/units") files, those that changed since they were found clean"
xargs -P "${ORGTRACE_JOBS:-$(nproc)}" -L 1 bash -c 'look "$@"' look <"$lint/units" || failures=1

[ "$failures" = 0 ] && say "lint: clean"
exit "$failures"
