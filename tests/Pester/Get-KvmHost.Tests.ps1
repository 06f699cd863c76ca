BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmHost' {
    Context 'with KVM' -Skip:$noKvm {
        BeforeAll { $kvmHost = Get-KvmHost }

        It 'returns one KvmHost' { $kvmHost | Should -BeOfType ([KvmPS.KvmHost]) }
        It 'names the device' { $kvmHost.DevicePath | Should -Be $kvmDevice }
        It 'gives the version of the interface' { $kvmHost.ApiVersion | Should -Be 12 }
        It 'can use the device' { $kvmHost.IsAvailable | Should -BeTrue }
        It 'gives capabilities as data' { $kvmHost.Capabilities.Count | Should -BeGreaterThan 20 }
        It 'names the CPU features of a guest' { $kvmHost.CpuFeatures | Should -Contain 'lm' }
        It 'gives the limit of CPUID' { $kvmHost.CpuidMaximumBasicLeaf | Should -BeGreaterThan 0 }
        It 'gives the kernel as the system does' { $kvmHost.KernelRelease | Should -Be ([System.IO.File]::ReadAllText('/proc/sys/kernel/osrelease').Trim()) }
        It 'allows at least as many vCPUs as it advises' { $kvmHost.MaximumVcpus | Should -BeGreaterOrEqual $kvmHost.RecommendedVcpus }
    }

    Context 'without KVM' {
        BeforeAll {
            $env:KVMPS_DEVICE = '/nonexistent/kvm'
            $kvmHost = Get-KvmHost
        }

        AfterAll { $env:KVMPS_DEVICE = $kvmDevice }

        It 'is not available' { $kvmHost.IsAvailable | Should -BeFalse }
        It 'has no version' { $kvmHost.ApiVersion | Should -BeNullOrEmpty }
        It 'tells the problem' { $kvmHost.Problems.ErrorId | Should -Be 'KvmDeviceMissing' }
        It 'tells the remedy' { $kvmHost.Problems.Remedy | Should -BeLike '*modprobe*' }
        It 'names the device that was tried' { $kvmHost.DevicePath | Should -Be '/nonexistent/kvm' }
        It 'still names the kernel' { $kvmHost.KernelRelease | Should -Not -BeNullOrEmpty }
    }
}
