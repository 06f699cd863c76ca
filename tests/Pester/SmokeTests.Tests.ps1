# The sample suite, as its users run it, on the module of this build.
$env:KVMPS_MODULE = "$PSScriptRoot/../../out/KvmPS"
if (-not $env:KVMPS_TEST_GUEST) { $env:KVMPS_TEST_GUEST = "$PSScriptRoot/../../../shared/guest" }
if (-not $env:KVMPS_FAILURES) { $env:KVMPS_FAILURES = "$PSScriptRoot/../../out/test-results/failures" }
. "$PSScriptRoot/../../samples/SmokeTests/SmokeTests.Tests.ps1"
