# Many machines from many runspaces at once.

BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

Describe '64 machines from parallel runspaces' -Skip:$noKvm {
    BeforeAll {
        . "$PSScriptRoot/Support.ps1"
        $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'start, and each is heard to its last line' {
        $alone = (Invoke-KvmVM -Code (Get-GuestCode hello)).SerialText
        $vms = 1..64 | ForEach-Object { New-KvmVM -Name "p$_" -Code (Get-GuestCode hello) -MemoryBytes 16MB }
        $heard = $vms | ForEach-Object -ThrottleLimit 16 -Parallel {
            Import-Module $using:folder
            Start-KvmVM $_
            $null = Wait-KvmSerial $_ 'Goodbye\.' -Timeout 120
            $vm = Wait-KvmVM $_ -Timeout 120
            [pscustomobject]@{ Name = $vm.Name; ExitReason = $vm.ExitReason; Text = Read-KvmSerial $vm -Raw }
        }

        $heard.Count | Should -Be 64
        ($heard.Name | ForEach-Object { [int] $_.Substring(1) } | & { begin { $sum = 0 } process { $sum += $_ } end { $sum } }) | Should -Be 2080 # 1 + 2 + … + 64
        foreach ($one in $heard) {
            $one.ExitReason | Should -Be DebugExit
            $one.Text | Should -BeExactly $alone
        }
    }

    It 'are made, run and freed, and not a byte of them is lost' {
        $code = Get-GuestCode flood
        [System.BitConverter]::GetBytes(4096).CopyTo($code, 4) # how many bytes it writes
        $alone = [System.Convert]::ToHexString((Invoke-KvmVM -Code $code -SerialLogPath "$TestDrive/alone" | ForEach-Object { [System.IO.File]::ReadAllBytes("$TestDrive/alone") }))
        $drive = "$TestDrive"
        $runs = 1..64 | ForEach-Object -ThrottleLimit 16 -Parallel {
            Import-Module $using:folder
            Invoke-KvmVM -Name "flood$_" -Code $using:code -MemoryBytes 16MB -SerialLogPath "$using:drive/$_" -Timeout 120
        }

        $alone.Length | Should -Be 8192
        $runs.Count | Should -Be 64
        foreach ($number in 1..64) { [System.Convert]::ToHexString([System.IO.File]::ReadAllBytes("$drive/$number")) | Should -Be $alone }
        Get-KvmVM | Should -BeNullOrEmpty
    }
}
