BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # Writes the letters a to d to COM1 to COM4 and halts.
    $letters = 0xb0,0x61, 0xba,0xf8,0x03, 0xee, 0xb0,0x62, 0xba,0xf8,0x02, 0xee, 0xb0,0x63, 0xba,0xe8,0x03, 0xee, 0xb0,0x64, 0xba,0xe8,0x02, 0xee, 0xf4

    # Sends back what comes in at COM3.
    $echo3 = 0xba,0xed,0x03, 0xec, 0xa8,0x01, 0x74,0xfb, 0xba,0xe8,0x03, 0xec, 0xee, 0xeb,0xf1
}

AfterAll { Get-KvmVM | Remove-KvmVM }

Describe 'Serial ports' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'are four, or as many as asked for' {
        (New-KvmVM -Code $letters).SerialPortCount | Should -Be 4
        (New-KvmVM -Code $letters -SerialPortCount 2).SerialPortCount | Should -Be 2
    }

    It 'are not <Count>' -ForEach @(@{ Count = 0 }, @{ Count = 5 }) {
        { New-KvmVM -Code $letters -SerialPortCount $Count } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'are asked for by property name' {
        ([pscustomobject]@{ Name = 'csv'; Code = $letters; SerialPortCount = '3' } | New-KvmVM).SerialPortCount | Should -Be 3
    }

    It 'complete their numbers' {
        $null = New-KvmVM -Name small -Code $letters -SerialPortCount 2
        $line = 'Read-KvmSerial small -Port '
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be '1', '2'
    }
}

Describe 'Serial ports of a machine that ran' -Skip:$noKvm {
    BeforeAll { $vm = New-KvmVM -Name ports -Code $letters | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60 }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'have logs of their own, and the first is the console' {
        1..4 | ForEach-Object { Read-KvmSerial $vm -Port $_ } | Should -Be 'a', 'b', 'c', 'd'
        Read-KvmSerial $vm | Should -Be 'a'
        $vm.SerialBytes | Should -Be 1
    }

    It 'are read with -New each from its own place' {
        Read-KvmSerial $vm -Port 2 -New | Should -Be 'b'
        Read-KvmSerial $vm -Port 3 -New | Should -Be 'c'
        Read-KvmSerial $vm -Port 2 -New | Should -BeNullOrEmpty
    }

    It 'are waited for each from its own place' {
        (Wait-KvmSerial $vm '[a-d]' -Port 4).Value | Should -Be 'd'
        (Wait-KvmSerial $vm '[a-d]' -Port 2).Value | Should -Be 'b'
        (Wait-KvmSerial $vm '[a-d]').Value | Should -Be 'a'
    }

    It 'have the numbers 1 to 4, and the names of the PC and of Linux' {
        Read-KvmSerial $vm -Port COM2 | Should -Be 'b'
        Read-KvmSerial $vm -Port com3 | Should -Be 'c'
        Read-KvmSerial $vm -Port ttyS3 | Should -Be 'd'
        foreach ($port in 0, 5, 'COM0', 'ttyS4', 'hvc0', 'x', 99999999999) {
            { Read-KvmSerial $vm -Port $port -ErrorAction Stop } | Should -Throw -ErrorId 'KvmSerialPortNotFound,*' -ExpectedMessage '*COM1, COM2, COM3, COM4*'
        }
        { Wait-KvmSerial $vm x -Port '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'A machine with fewer serial ports' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'says which it does not have' {
        $vm = New-KvmVM -Name few -Code $letters -SerialPortCount 2 | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        Read-KvmSerial $vm -Port 2 | Should -Be 'b'
        { Read-KvmSerial $vm -Port 3 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmSerialPortNotFound,*' -ExpectedMessage '*was started with COM1, COM2*'
        { Wait-KvmSerial $vm x -Port 4 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmSerialPortNotFound,*'
    }

    It 'types into the port that was named' {
        $vm = New-KvmVM -Name echo3 -Code $echo3 -SerialPortCount 3 | Start-KvmVM -PassThru
        Write-KvmSerial $vm 'to the first' -NoNewline
        Write-KvmSerial $vm 'to the third' -Port 3 -NoNewline
        (Wait-KvmSerial $vm 'third' -Port 3).TextBefore | Should -BeExactly 'to the '
        Read-KvmSerial $vm | Should -BeNullOrEmpty
        { Write-KvmSerial $vm x -Port 4 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmSerialPortNotFound,*'
    }
}
