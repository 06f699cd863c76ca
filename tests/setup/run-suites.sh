#!/usr/bin/env bash
# Runs every test program and ends with one line over all of them: "N passed, N failed, N skipped".
# A program that crashes, that runs no test at all, or that is not at its end after an hour, counts as one failure.
# The Pester files run beside the C# tests, which leave a CPU idle whenever they wait for a guest; their output comes when those have ended.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
results="$PWD/out/test-results"
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0
skips=()
failures=()
within=(timeout --foreground --kill-after=30s 60m) # in the foreground: these programs set the terminal up

# count SUITE PASSED FAILED SKIPPED EXITCODE
count() {
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    if (($2 + $3 + $4 == 0)); then
        failures+=("$1 ended with no result (exit code $5)")
        failed=$((failed + 1))
    elif (($3 > 0)); then
        failures+=("$1: $3 failed")
    elif (($5 != 0)); then
        failures+=("$1 ended with exit code $5")
        failed=$((failed + 1))
    fi
}

# attribute NAME FILE: the value of an attribute of the first <assembly> element.
attribute() {
    [[ -s $2 ]] || { echo 0; return; }
    local value
    value=$(grep --only-matching --max-count=1 '<assembly [^>]*>' "$2" | head -n 1 | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p")
    echo "${value:-0}"
}

# The in-process runner of xUnit; a test method that is told to skip gives its reason in the line after its name.
xunit() {
    local name=$1 log="$results/$1.log" report="$results/$1.xml" status=0
    echo "--- $name"
    "${within[@]}" dotnet "tests/$name/bin/Release/net10.0/$name.dll" -noLogo -noColor -longRunning 120 -result-xml "$report" < /dev/null 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
    mapfile -t -O "${#skips[@]}" skips < <(awk '/ \[SKIP\]$/ { sub(/^ +/, ""); sub(/ \[SKIP\]$/, ""); test = $0; getline; sub(/^ +/, ""); print test ": " $0 }' "$log")
    count "$name" "$(attribute passed "$report")" $(($(attribute failed "$report") + $(attribute errors "$report"))) "$(attribute skipped "$report")" "$status"
}

# run_pester SUITE ARGUMENTS…: the Pester files on the embedded engine, or the runner's own fixtures, into the suite's log.
run_pester() {
    local log="$results/$1.log" runner
    shift
    runner=$(find tests/PesterRunner/bin/Release -name PesterRunner.dll -print -quit 2> /dev/null) || runner=tests/PesterRunner # as good as missing
    NO_COLOR=1 "${within[@]}" dotnet "$runner" "$@" < /dev/null > "$log" 2>&1
}

# pester SUITE PROCESS: waits for a suite that was begun, and counts. Its last line has the form of ours.
pester() {
    local name=$1 log="$results/$1.log" status=0 numbers=()
    wait "$2" || status=$?
    echo "--- $name"
    cat "$log"
    read -r -a numbers < <(grep --extended-regexp '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1 | tr --complement --squeeze-repeats '0-9\n' ' ') || true
    mapfile -t -O "${#skips[@]}" skips < <(sed --quiet 's/^.*\[!\] *//p' "$log")
    count "$name" "${numbers[0]-0}" "${numbers[1]-0}" "${numbers[2]-0}" "$status"
}

# One test: the committed images are what their sources assemble to.
guest_programs() {
    echo "--- Guest programs"
    if ! type -P as ld objcopy > /dev/null; then
        skips+=('tests/Guests/build.sh --check: there is no assembler (binutils) here')
        count 'Guest programs' 0 0 1 0
    elif tests/Guests/build.sh --check; then
        count 'Guest programs' 1 0 0 0
    else
        count 'Guest programs' 0 1 0 1
    fi
}

run_pester 'Pester files' tests/Pester &
files=$!
xunit KvmPS.Tests
pester 'Pester files' "$files"
run_pester PesterRunner --self-test &
pester PesterRunner $!
guest_programs

((${#skips[@]} == 0)) || printf 'skipped: %s\n' "${skips[@]}"
((${#failures[@]} == 0)) || printf 'FAILED: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
