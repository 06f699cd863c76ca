BeforeDiscovery {
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noGuest = $noKvm -or -not [System.IO.File]::Exists("$guest/vmlinux")
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
}

Describe 'Copy-KvmGuestFile' -Skip:$noGuest {
    BeforeAll {
        $vm = New-KvmVM "$guest/vmlinux" -Name linux -Initrd "$guest/initrd.cpio" -CommandLine 'console=ttyS0 console=hvc0 reboot=k SHELL' -MemoryBytes 64MB -Console hvc0 | Start-KvmVM -PassThru
        $bytes = [byte[]]::new(5000)
        [System.Random]::new(3).NextBytes($bytes)
        [System.IO.File]::WriteAllBytes("$TestDrive/there", $bytes)
    }
    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'copies a file of any bytes into a guest, and out of it' {
        $file = Copy-KvmGuestFile linux "$TestDrive/there" /tmp -ToGuest
        $file | Should -BeOfType ([KvmPS.KvmGuestFile])
        $file.Destination | Should -Be '/tmp/there'
        $file.Length | Should -Be 5000
        $file.Checksum | Should -Match '^[0-9a-f]{64}$'
        "$file" | Should -Be '/tmp/there'

        $back = $vm | Copy-KvmGuestFile -Path /tmp/there -Destination "$TestDrive/back" -FromGuest
        $back.Checksum | Should -Be $file.Checksum
        [System.IO.File]::ReadAllBytes("$TestDrive/back") | Should -Be $bytes
    }

    It 'replaces nothing without -Force' {
        { Copy-KvmGuestFile linux "$TestDrive/there" /tmp -ToGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmGuestFileExists,*'
        { Copy-KvmGuestFile linux /tmp/there "$TestDrive/there" -FromGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,*'
    }

    It 'keeps owner and permissions of what it replaces' {
        $null = Invoke-KvmGuestCommand linux 'chown 12:34 /tmp/there; chmod 640 /tmp/there'
        $null = Copy-KvmGuestFile linux "$TestDrive/there" /tmp -ToGuest -Force
        (Invoke-KvmGuestCommand linux "stat -c '%u:%g %a' /tmp/there").Output | Should -BeExactly "12:34 640`n"

        [System.IO.File]::WriteAllText("$TestDrive/mine", 'old')
        [System.IO.File]::SetUnixFileMode("$TestDrive/mine", 'UserRead, UserWrite')
        $null = Copy-KvmGuestFile linux /tmp/there "$TestDrive/mine" -FromGuest -Force
        [System.IO.File]::GetUnixFileMode("$TestDrive/mine") | Should -Be ([System.IO.UnixFileMode]'UserRead, UserWrite')
        [System.IO.File]::ReadAllBytes("$TestDrive/mine") | Should -Be $bytes
    }

    It 'says what is not there, and what is a directory' {
        { Copy-KvmGuestFile linux /none "$TestDrive/none" -FromGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmGuestFileNotFound,*'
        { Copy-KvmGuestFile linux "$TestDrive/none" /tmp -ToGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*'
        { Copy-KvmGuestFile linux /tmp "$TestDrive/none" -FromGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmGuestCopyFailed,*'
        { Copy-KvmGuestFile linux "$TestDrive" /tmp -ToGuest -ErrorAction Stop } | Should -Throw -ErrorId 'KvmGuestCopyFailed,*'
        [System.IO.File]::Exists("$TestDrive/none") | Should -BeFalse
        [System.IO.Directory]::GetFiles($TestDrive, '*.partial') | Should -BeNullOrEmpty
    }

    It 'copies nothing with -WhatIf' {
        $before = $vm.SerialBytes
        Copy-KvmGuestFile linux "$TestDrive/there" /tmp/other -ToGuest -WhatIf | Should -BeNullOrEmpty
        $vm.SerialBytes | Should -Be $before
    }
}

Describe 'Copy-KvmGuestFile without a guest to talk to' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'wants to know the direction' {
        $null = New-KvmVM -Name still -Code (Get-GuestCode hello)
        { Copy-KvmGuestFile still a b } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Copy-KvmGuestFile still a b -ToGuest -FromGuest } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }
}
