#!/usr/bin/env bash
# ./dev lint: format, floors, clang-tidy, clazy. Runs on the platform; $1 is the build folder with compile_commands.json.
set -uo pipefail
build=$1
cd "$(dirname "$0")/../.."
failures=0
say() { printf '%s\n' "$*" >&2; }

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h')
say "format: ${#sources[@]} files"
clang-format --dry-run --Werror "${sources[@]}" || { say "  ./dev exec clang-format -i … mends it"; failures=1; }

say "floors"
floors='base:0 json:1 credentials:1 redaction:1 index:1 genesys:2 evidence:2 catalogue:2 capture:3 audit:3 compare:3 access:4 attribution:4 policy:5 report:6 alerts:6 operations:7'
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

mapfile -t units < <(git ls-files 'core/*.cpp' 'ui/*.cpp' 'app/*.cpp')
# Precompiled headers are GCC's; clang reads the sources without them.
sed -E 's/ -include [^ ]*cmake_pch\.hxx//g; s/ -fpch-preprocess//g; s/ -Winvalid-pch//g; s/^(.*"command": ")ccache /\1/' "$build/compile_commands.json" >"$build/lint.json.tmp"
mkdir -p "$build/lint" && mv "$build/lint.json.tmp" "$build/lint/compile_commands.json"
say "clang-tidy: ${#units[@]} files"
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build/lint" 2> >(grep -v 'warnings generated' >&2) || failures=1
say "clazy"
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clazy-standalone -p "$build/lint" \
    --checks=level1,no-non-pod-global-static,no-qstring-arg,no-range-loop-reference,no-connect-3arg-lambda \
    --header-filter='(core|ui|app)/.*' 2>&1 | grep -E 'warning:|error:' | sort -u >"$build/lint/clazy.txt"
if [ -s "$build/lint/clazy.txt" ]; then cat "$build/lint/clazy.txt"; failures=1; fi

[ "$failures" = 0 ] && say "lint: clean"
exit "$failures"
