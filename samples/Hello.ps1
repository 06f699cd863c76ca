<#
.SYNOPSIS
Boots a guest program of 300 bytes and shows what it said and how it ended.
.DESCRIPTION
The program (tests/Guests/hello/hello.S) prints a few lines on COM1, one OUT instruction a byte, and ends its machine with exit code 33.
.EXAMPLE
./samples/Hello.ps1
#>
$code = [IO.File]::ReadAllBytes("$PSScriptRoot/../tests/Guests/hello/hello.bin")

# One shot: make a machine, run it to its end, collect what it did, free it.
$result = Invoke-KvmVM -Name hello -Code $code -MemoryBytes 16MB -Timeout 30
$result.SerialText

# The same in steps, with live objects in the pipeline.
$machines = 1..3 | ForEach-Object { New-KvmVM -Name "hello$_" -Code $code -MemoryBytes 16MB }
$machines | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 30
$machines | Read-KvmSerial -Tail 1
$machines | Remove-KvmVM

$result
