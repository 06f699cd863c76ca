<#
.SYNOPSIS
Gives a guest a disk that rests on another, looks at what it wrote, and merges that into the base.
.DESCRIPTION
Needs a Linux kernel with virtio-blk and virtio-mmio, and an initrd that writes to /dev/vda and ends by itself, as the project's test guest does.
.EXAMPLE
./samples/Disks.ps1 -Kernel ../shared/guest/vmlinux -Initrd ../shared/guest/initrd-tiny.cpio
#>
param(
    [Parameter(Mandatory)] [string] $Kernel,
    [Parameter(Mandatory)] [string] $Initrd,
    [string] $Folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), [guid]::NewGuid())
)

$null = [IO.Directory]::CreateDirectory($Folder)
try {
    # A base, and a layer above it that takes all writes: many machines could rest on one base.
    $null = New-KvmDiskImage "$Folder/base.qcow2" -SizeBytes 64MB
    $overlay = New-KvmDiskImage "$Folder/web01.qcow2" -BackingPath "$Folder/base.qcow2"

    $vm = New-KvmVM -Name web01 -Kernel $Kernel -Initrd $Initrd -CommandLine 'console=ttyS0 reboot=k' -Disk $overlay | Start-KvmVM -PassThru
    $null = Wait-KvmVM $vm -Timeout 300
    Get-KvmDisk $vm | Out-Default
    Get-KvmDiskImage "$Folder/*.qcow2" | Out-Default

    # What the guest wrote goes into the base, and the layer is gone.
    Remove-KvmVM $vm
    Merge-KvmDiskImage $overlay -RemoveOverlay
    Get-KvmDiskImage "$Folder/*.qcow2" | Out-Default
    Test-KvmDiskImage "$Folder/base.qcow2"
}
finally {
    Get-KvmVM web01* | Remove-KvmVM
    [IO.Directory]::Delete($Folder, $true)
}
