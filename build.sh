#!/usr/bin/env bash
# Builds and tests KvmPS with nothing but the .NET 10 SDK; `build.ps1` does the same for people with pwsh.
#
#   ./build.sh [build]    compiles everything and stages the module in out/KvmPS
#   ./build.sh test       build, test set-up (Debian packages, Debian's kernel), all test programs; ends with "N passed, N failed, N skipped"
#   ./build.sh bench …    the benches; further words go to them
#   ./build.sh docs       the help file of the module, from docs/cmdlets
#   ./build.sh package    out/KvmPS.<version>.nupkg, the module as galleries and Install-PSResource take it
#   ./build.sh clean      removes what was built (not the cache of downloads)
#
# KVMPS_CACHE        where downloads are kept; .cache by default
# KVMPS_TEST_GUEST   the folder of the Linux test guest; ../shared/guest by default
# KVMPS_NO_INSTALL   set it, and nothing is installed: tests that miss a program are skipped
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export KVMPS_CACHE="${KVMPS_CACHE:-$PWD/.cache}"

build() {
    # In CI no build server may outlive the run: it would hold the log open.
    local -a flags=(--configuration Release)
    [[ ${CI-} != true ]] || flags+=(-nodeReuse:false)
    dotnet build KvmPS.slnx "${flags[@]}"
}

docs() {
    build
    echo "The help is in $PWD/out/KvmPS/en-US."
}

pack() {
    dotnet pack src/KvmPS --configuration Release --no-build
}

clean() {
    rm -rf out BenchmarkDotNet.Artifacts
    find src tests bench tools -depth -type d \( -name bin -o -name obj -o -name TestResults \) -exec rm -rf {} +
}

task=${1-build}
shift || true
case $task in
    build) build ;;
    test)
        build
        pack
        tests/setup/install-packages.sh
        tests/setup/fetch-debian-kernel.sh
        exec tests/setup/run-suites.sh
        ;;
    bench) exec dotnet run --project bench/KvmPS.Bench --configuration Release -- "$@" ;;
    docs) docs ;;
    package)
        build
        pack
        ;;
    clean) clean ;;
    *)
        sed -n '4,9s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
