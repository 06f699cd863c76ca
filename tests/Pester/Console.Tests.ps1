BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
    $noGuest = -not [System.IO.File]::Exists("$guest/vmlinux")
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"

    # Writes the letter a to COM1 and halts.
    $letter = 0xb0,0x61, 0xba,0xf8,0x03, 0xee, 0xf4
}

AfterAll { Get-KvmVM | Remove-KvmVM }

Describe 'Consoles of machines' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'are COM1 unless another is asked for' {
        $vm = New-KvmVM -Code $letter
        $vm.Console | Should -Be TtyS0
        $vm.ConsolePort | Should -BeNullOrEmpty
        (New-KvmVM -Code $letter -Console hvc0).Console | Should -Be Hvc0
        (New-KvmVM -Code $letter -ConsolePort a, b.c).ConsolePort | Should -Be 'a', 'b.c'
    }

    It 'are asked for by property name' {
        $vm = [pscustomobject]@{ Name = 'csv'; Code = $letter; Console = 'hvc0'; ConsolePort = 'files' } | New-KvmVM
        $vm.Console | Should -Be Hvc0
        $vm.ConsolePort | Should -Be 'files'
    }

    It 'have no port that is called <_>' -ForEach '', 'a b', '.', 'com1', 'ttyS0', 'hvc0', '7', 'a/b' {
        { New-KvmVM -Code $letter -ConsolePort $_ } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'have no two ports of one name' {
        { New-KvmVM -Code $letter -ConsolePort a, A -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'are changed, and go to a file and back' {
        $vm = New-KvmVM -Name there -Code $letter
        Set-KvmVM there -Console hvc0 -ConsolePort files, agent
        $vm.Console | Should -Be Hvc0
        Export-KvmVM there -Path "$TestDrive/there.json"
        $back = Import-KvmVM "$TestDrive/there.json" -Name back
        $back.Console | Should -Be Hvc0
        $back.ConsolePort | Should -Be 'files', 'agent'
    }

    It 'complete their ports' {
        $null = New-KvmVM -Name named -Code $letter -SerialPortCount 1 -ConsolePort files
        $line = 'Read-KvmSerial named -Port '
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be '1', 'hvc0', 'files'
    }
}

Describe 'A machine whose guest does not use its virtio console' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'shows what COM1 said' {
        $result = Invoke-KvmVM -Code $letter -Console hvc0 -InterruptController:$false
        $result.SerialText | Should -Be 'a'
    }

    It 'has each port by its name, and says which it has' {
        $vm = New-KvmVM -Name silent -Code $letter -Console hvc0 -ConsolePort files | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        Read-KvmSerial $vm | Should -BeNullOrEmpty
        Read-KvmSerial $vm -Port hvc0 | Should -BeNullOrEmpty
        Read-KvmSerial $vm -Port FILES | Should -BeNullOrEmpty
        Read-KvmSerial $vm -Port COM1 | Should -Be 'a'
        { Read-KvmSerial $vm -Port other -ErrorAction Stop } | Should -Throw -ErrorId 'KvmSerialPortNotFound,*' -ExpectedMessage '*COM4, hvc0, files*'
    }
}

Describe 'Linux on a virtio console' -Skip:($noKvm -or $noGuest) {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'gets the command line that follows from its console' {
        $vm = New-KvmVM -Name line "$guest/vmlinux"
        Set-KvmVM line -Console hvc0
        $vm.CommandLine | Should -Be 'console=ttyS0 console=hvc0 reboot=k panic=-1'
        Set-KvmVM line -Console ttyS0
        $vm.CommandLine | Should -Be 'console=ttyS0 reboot=k panic=-1'
        Set-KvmVM line -CommandLine 'quiet' -Console hvc0
        $vm.CommandLine | Should -Be 'quiet'
    }

    It 'has its shell there, and a channel beside it' {
        $vm = New-KvmVM -Name shell "$guest/vmlinux" -Initrd "$guest/initrd.cpio" -CommandLine 'console=ttyS0 console=hvc0 SHELL' -Console hvc0 -ConsolePort files -MemoryBytes 64MB |
            Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm '/ # ' -Timeout 300
        Write-KvmSerial $vm 'echo $((6 * 7)) is the answer'
        (Wait-KvmSerial $vm '\n42 is the answer' -Timeout 60).Value | Should -Match '42'
        Write-KvmSerial $vm 'echo $((7 * 7)) > /dev/vport0p1; echo port $((1 + 1)) closed'
        (Wait-KvmSerial $vm '49' -Port files -Timeout 60).Value | Should -Be '49'
        # What comes while a program has the port open that does not read it, Linux forgets when it closes it.
        $null = Wait-KvmSerial $vm 'port 2 closed' -Timeout 60
        Write-KvmSerial $vm 'to the guest' -Port files
        Write-KvmSerial $vm 'head -c 12 /dev/vport0p1'
        (Wait-KvmSerial $vm '\nto the guest' -Timeout 60).Value | Should -Match 'to the guest'
        Read-KvmSerial $vm -Port COM1 -Raw | Should -Match 'Linux version'
    }
}
