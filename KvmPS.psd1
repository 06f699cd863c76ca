# The source manifest. The build stages it with the assemblies, views and help into out/KvmPS; import that folder, not this file.
@{
    RootModule             = 'KvmPS.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '6f0b0c1e-5f0e-4b53-9c0a-2d3c7e1b8a41'
    Author                 = 'The KvmPS developers'
    CompanyName            = 'KvmPS'
    Copyright              = '(c) The KvmPS developers. MIT License.'
    Description            = 'Virtual machines as live PowerShell objects: boots Linux kernels and raw machine code on /dev/kvm through a managed VMM. No QEMU, no libvirt, no daemon.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('KvmPS.VM.Format.ps1xml', 'KvmPS.Run.Format.ps1xml', 'KvmPS.Serial.Format.ps1xml', 'KvmPS.Host.Format.ps1xml', 'KvmPS.Guest.Format.ps1xml', 'KvmPS.Inspect.Format.ps1xml', 'KvmPS.Event.Format.ps1xml', 'KvmPS.Disk.Format.ps1xml', 'KvmPS.DiskImage.Format.ps1xml', 'KvmPS.Measure.Format.ps1xml')
    TypesToProcess         = @('KvmPS.Types.ps1xml', 'KvmPS.Enum.Types.ps1xml')
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    CmdletsToExport        = @(
        'Add-KvmDisk'
        'Convert-KvmDiskImage'
        'Copy-KvmGuestFile'
        'Debug-KvmVM'
        'Enter-KvmSerial'
        'Export-KvmFailureBundle'
        'Export-KvmVM'
        'Get-KvmBootPlan'
        'Get-KvmDisk'
        'Get-KvmDiskImage'
        'Get-KvmHost'
        'Get-KvmInstruction'
        'Get-KvmRegister'
        'Get-KvmVcpu'
        'Get-KvmVM'
        'Import-KvmVM'
        'Invoke-KvmGuestCommand'
        'Invoke-KvmVM'
        'Measure-KvmVM'
        'Merge-KvmDisk'
        'Merge-KvmDiskImage'
        'New-KvmDiskImage'
        'New-KvmSeedImage'
        'New-KvmVM'
        'Read-KvmMemory'
        'Read-KvmSerial'
        'Register-KvmShouldOperator'
        'Remove-KvmDisk'
        'Remove-KvmVM'
        'Repair-KvmDiskImage'
        'Resize-KvmDiskImage'
        'Restart-KvmVM'
        'Resume-KvmVM'
        'Set-KvmRegister'
        'Set-KvmVM'
        'Start-KvmVM'
        'Stop-KvmVM'
        'Suspend-KvmVM'
        'Test-KvmDiskImage'
        'Test-KvmHost'
        'Wait-KvmSerial'
        'Wait-KvmVM'
        'Write-KvmMemory'
        'Write-KvmSerial'
    )
    PrivateData            = @{
        PSData = @{
            Tags         = @('Linux', 'PSEdition_Core', 'KVM', 'Hypervisor', 'Virtualization', 'VirtualMachine', 'VM', 'Kernel', 'Testing', 'Pester')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
