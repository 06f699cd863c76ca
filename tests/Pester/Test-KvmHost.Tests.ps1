BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Test-KvmHost' {
    It 'is true, without a warning, where KVM works' -Skip:$noKvm {
        Test-KvmHost -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeExactly $true
        $warnings.Count | Should -Be 0
    }

    Context 'without KVM' {
        BeforeAll { $env:KVMPS_DEVICE = '/nonexistent/kvm' }
        AfterAll { $env:KVMPS_DEVICE = $kvmDevice }

        It 'is false, and no error' {
            Test-KvmHost -WarningAction SilentlyContinue -ErrorVariable problems | Should -BeExactly $false
            $problems.Count | Should -Be 0
        }

        It 'warns once, with the id and the remedy' {
            $null = Test-KvmHost -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings.Count | Should -Be 1
            "$warnings" | Should -BeLike '*/nonexistent/kvm*modprobe*KvmDeviceMissing*'
        }
    }

    It 'says of a file that is no KVM that the call fails' {
        $env:KVMPS_DEVICE = '/dev/null'
        try { Test-KvmHost -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeExactly $false }
        finally { $env:KVMPS_DEVICE = $kvmDevice }
        "$warnings" | Should -BeLike '*KVM_GET_API_VERSION*ENOTTY*'
    }
}
