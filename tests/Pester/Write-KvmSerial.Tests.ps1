BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # What the guest has echoed since the last look. The mark after it tells when all is there.
    function Read-Typed {
        Write-KvmSerial echo '<mark>' -NoNewline
        $null = Wait-KvmSerial echo '<mark>'
        (Read-KvmSerial echo -New -Raw) -replace '<mark>$'
    }
}

Describe 'Write-KvmSerial' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm "ready\n"
        $null = Read-KvmSerial $vm -New
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'types a line, and the Enter key, and is silent' {
        Write-KvmSerial $vm 'ls -l' | Should -BeNullOrEmpty
        Read-Typed | Should -BeExactly "ls -l`r"
    }

    It 'types several lines' {
        Write-KvmSerial $vm 'one', 'two'
        Read-Typed | Should -BeExactly "one`rtwo`r"
    }

    It 'types no Enter key with -NoNewline' {
        Write-KvmSerial $vm 'y' -NoNewline
        Read-Typed | Should -BeExactly 'y'
    }

    It 'types an empty line' {
        Write-KvmSerial $vm ''
        Read-Typed | Should -BeExactly "`r"
    }

    It 'types characters of all scripts as UTF-8' {
        Write-KvmSerial $vm 'Grüße, 世界' -NoNewline
        (Wait-KvmSerial $vm '世界').TextBefore | Should -BeExactly 'Grüße, '
    }

    It 'sends bytes after the text' {
        Write-KvmSerial $vm 'x' -Byte 65, 10
        Read-Typed | Should -BeExactly "x`rA`n"
    }

    It 'sends bytes alone, to a machine by name and by object' {
        Write-KvmSerial echo -Byte 65
        Write-KvmSerial $vm -Byte 66
        $vm | Write-KvmSerial -Byte 67
        (Wait-KvmSerial $vm 'ABC').Value | Should -Be 'ABC'
    }

    It 'writes the machine with -PassThru' { (Write-KvmSerial $vm x -PassThru).Name | Should -Be 'echo' }

    It 'only says with -WhatIf what it would do' {
        Write-KvmSerial $vm 'nothing' -WhatIf
        Write-KvmSerial $vm 'mark'
        (Wait-KvmSerial $vm 'mark').TextBefore | Should -BeExactly ''
    }

    It 'loses nothing of a long text that is written at once' {
        $size = 16384
        $code = Get-GuestCode sink
        [System.BitConverter]::GetBytes($size).CopyTo($code, 4)
        $sink = New-KvmVM -Code $code | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $sink ready

        [long]$x = 0
        [long]$checksum = 0
        $bytes = [byte[]]::new($size)
        for ($i = 0; $i -lt $size; $i++) {
            $x = (((($x -shl 8) -bor ($x -shr 24)) -band 0xffffffffL) + 0x9e3779b9L) -band 0xffffffffL
            $bytes[$i] = $x -band 0xff
            $checksum = ($checksum * 33 + $bytes[$i]) -band 0xffffffffL
        }

        Write-KvmSerial $sink -Byte $bytes
        $null = Wait-KvmVM $sink -Timeout 120
        (Read-KvmSerial $sink)[-1] | Should -Match $checksum.ToString('x8')
    }

    It 'says that nobody reads the console of a machine that is off' {
        Stop-KvmVM $vm -TurnOff
        Write-KvmSerial $vm x -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.WriteKvmSerialCommand'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
    }

    It 'says that no machine was given' {
        { Write-KvmSerial 'echo' -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*' -ExpectedMessage 'No machine was given.'
    }
}
