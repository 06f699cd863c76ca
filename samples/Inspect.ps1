<#
.SYNOPSIS
Lets a guest stand still in the midst of its work, looks inside, and sends it the interrupt that ends it.
.DESCRIPTION
The program (tests/Guests/nmi/nmi.S) prints a line and waits for a non-maskable interrupt; its handler prints another one, and ends the machine.
.EXAMPLE
./samples/Inspect.ps1
#>
$code = [IO.File]::ReadAllBytes("$PSScriptRoot/../tests/Guests/nmi/nmi.bin")
$vm = New-KvmVM -Name inspected -Code $code -MemoryBytes 16MB | Start-KvmVM -PassThru
try {
    $null = Wait-KvmSerial $vm 'ready\n' -Timeout 30
    Suspend-KvmVM $vm

    # Where it is: registers, the code around, and the interrupt vectors at the beginning of memory. Out-Default gives each its own view.
    Get-KvmRegister $vm | Out-Default
    Get-KvmInstruction $vm -Count 4 | Out-Default
    Read-KvmMemory $vm 0 16 | Out-Default

    # The next line that it is going to print lies in memory behind this one. Let it say something else.
    $text = [Text.Encoding]::Latin1.GetString((Read-KvmMemory $vm 0x1000 $code.Length).Bytes)
    Write-KvmMemory $vm (0x1000 + $text.IndexOf('NMI')) -Text 'Hi!'

    Resume-KvmVM $vm
    Debug-KvmVM $vm
    Wait-KvmVM $vm -Timeout 30 | Out-Default
    Read-KvmSerial $vm
}
finally { Remove-KvmVM $vm }
