<#
.SYNOPSIS
Boots a Linux kernel, follows its console with a progress bar, and returns the result object.
.PARAMETER Kernel
A bzImage or vmlinux. Without it, the kernel in /boot that was written last.
.PARAMETER Initrd
An initial RAM disk, if the kernel is to reach userspace.
.PARAMETER CommandLine
The kernel's command line.
.PARAMETER MemoryBytes
RAM of the machine.
.PARAMETER Timeout
Seconds, or a TimeSpan, that the machine may run.
.EXAMPLE
./samples/Boot-Linux.ps1
.EXAMPLE
./samples/Boot-Linux.ps1 -Kernel ./vmlinux -Initrd ./initrd.cpio -CommandLine 'console=ttyS0 reboot=k'
#>
param(
    [string] $Kernel,
    [string] $Initrd,
    [string] $CommandLine = 'console=ttyS0 earlyprintk=serial,ttyS0,115200 reboot=k panic=-1',
    [long] $MemoryBytes = 256MB,
    $Timeout = 120
)

if (-not $Kernel) {
    $newest = $null
    foreach ($file in [IO.DirectoryInfo]::new('/boot').GetFiles('vmlinuz-*')) {
        if (-not $newest -or $file.LastWriteTime -gt $newest.LastWriteTime) { $newest = $file }
    }
    if (-not $newest) { throw 'There is no kernel in /boot: give one with -Kernel.' }
    $Kernel = $newest.FullName
}

$boot = @{ Kernel = $Kernel; CommandLine = $CommandLine; MemoryBytes = $MemoryBytes }
if ($Initrd) { $boot.Initrd = $Initrd }

# The cmdlet shows a progress bar with the console's last line while the machine runs.
Invoke-KvmVM @boot -Timeout $Timeout
