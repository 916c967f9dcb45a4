# SPDX-License-Identifier: MIT
# For the scripts that check something: counts what they find, and ends with the line that tools/sum reads.
passed=0 failed=0 skipped=0
memcheck="valgrind -q --suppressions=$PWD/spec/proofs/hosts/valgrind.suppressions --error-exitcode=66 --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"

check() { # what holds, command ...
    what=$1
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok - $what"
    else
        failed=$((failed + 1))
        echo "not ok - $what"
        printf '%s\n' "$output" | head -n 40 | sed 's/^/    /'
    fi
}

skip() { # what, and why
    skipped=$((skipped + 1))
    echo "skipped - $1"
}

closing() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
