# Every cmdlet that changes something says with -WhatIf what it would do to whom, and does it not; no cmdlet asks anything with -Debug.

BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')

    # A cmdlet, a call of it, and what -WhatIf says of that. "idle" is off and has a disk, "busy" echoes, "held" is suspended; $drive has the files.
    $cmdlets = @(
        @{ Command = 'Add-KvmDisk'; Call = 'Add-KvmDisk idle $drive/base.img -Name second'; Says = '*"Add disk ''second'' with image ''*/base.img''" on target "Virtual machine ''idle''"*' }
        @{ Command = 'Convert-KvmDiskImage'; Call = 'Convert-KvmDiskImage $drive/base.img $drive/new.qcow2'; Says = '*"Convert to ''*/new.qcow2'' as Qcow2" on target "Disk image ''*/base.img''"*' }
        @{ Command = 'Copy-KvmGuestFile'; Call = 'Copy-KvmGuestFile busy $drive/one.json /tmp -ToGuest -Timeout 0.2'; Says = '*"Copy ''*/one.json'' to ''/tmp'' in the guest" on target "*''busy''*' }
        @{ Command = 'Debug-KvmVM'; Call = 'Debug-KvmVM busy'; Says = '*" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Enter-KvmSerial'; Call = 'Enter-KvmSerial busy' }
        @{ Command = 'Export-KvmFailureBundle'; Call = 'Export-KvmFailureBundle busy $drive/bundle'; Says = '*/bundle''" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Export-KvmVM'; Call = 'Export-KvmVM idle $drive/two.json'; Says = '*"Export*/two.json*" on target "Virtual machine ''idle''*' }
        @{ Command = 'Get-KvmBootPlan'; Call = 'Get-KvmBootPlan idle' }
        @{ Command = 'Get-KvmDisk'; Call = 'Get-KvmDisk idle' }
        @{ Command = 'Get-KvmDiskImage'; Call = 'Get-KvmDiskImage $drive/base.img' }
        @{ Command = 'Get-KvmHost'; Call = 'Get-KvmHost' }
        @{ Command = 'Get-KvmInstruction'; Call = 'Get-KvmInstruction held' }
        @{ Command = 'Get-KvmRegister'; Call = 'Get-KvmRegister held' }
        @{ Command = 'Get-KvmVcpu'; Call = 'Get-KvmVcpu busy' }
        @{ Command = 'Get-KvmVM'; Call = 'Get-KvmVM' }
        @{ Command = 'Import-KvmVM'; Call = 'Import-KvmVM $drive/one.json'; Says = '*"Create from ''*/one.json''" on target "Virtual machine ''exported''"*' }
        @{ Command = 'Invoke-KvmGuestCommand'; Call = 'Invoke-KvmGuestCommand busy true -Timeout 0.2'; Says = '*"Run ''true''" on target "*''busy''*' }
        @{ Command = 'Invoke-KvmVM'; Call = 'Invoke-KvmVM -Name shot -Code 0xf4'; Says = '*1 vCPU, 128 MiB, 1 byte of Real mode code at 0x1000, run to its end, and remove" on target "Virtual machine ''shot''"*' }
        @{ Command = 'Measure-KvmVM'; Call = 'Measure-KvmVM busy -BootTimeline -AsSvg $drive/boot.svg'; Says = '*"Draw the boot of ''busy''" on target "Picture ''*/boot.svg''"*' }
        @{ Command = 'Merge-KvmDisk'; Call = 'Merge-KvmDisk held disk0'; Says = '*"Merge what disk ''disk0'' holds in memory into its image ''*/thrown.img''" on target "Virtual machine ''held''"*' }
        @{ Command = 'Merge-KvmDiskImage'; Call = 'Merge-KvmDiskImage $drive/top.qcow2 -RemoveOverlay'; Says = '*" on target "Disk image ''*/top.qcow2''"*' }
        @{ Command = 'New-KvmDiskImage'; Call = 'New-KvmDiskImage $drive/new.img 1MB'; Says = '*" on target "Disk image ''*/new.img''"*' }
        @{ Command = 'New-KvmSeedImage'; Call = 'New-KvmSeedImage $drive/seed.iso'; Says = '*"Create a seed with *meta-data*" on target "Disk image ''*/seed.iso''"*' }
        @{ Command = 'New-KvmVM'; Call = 'New-KvmVM $kernel -Name planned -MemoryBytes 64MB'; Says = '*"Create with 1 vCPU, 64 MiB, kernel ''*multiboot.elf'' (*loaded at 0x*entered at 0x*in Protected mode (Multiboot*" on target "Virtual machine ''planned''"*' }
        @{ Command = 'Read-KvmMemory'; Call = 'Read-KvmMemory held 0x1000 16' }
        @{ Command = 'Read-KvmSerial'; Call = 'Read-KvmSerial busy' }
        @{ Command = 'Register-KvmShouldOperator'; Call = 'Register-KvmShouldOperator' }
        @{ Command = 'Remove-KvmDisk'; Call = 'Remove-KvmDisk idle disk0'; Says = '*"Remove disk ''disk0''; its image ''*/disk.img'' stays" on target "Virtual machine ''idle''"*' }
        @{ Command = 'Remove-KvmVM'; Call = 'Remove-KvmVM busy'; Says = '*" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Repair-KvmDiskImage'; Call = 'Repair-KvmDiskImage $drive/top.qcow2'; Says = '*" on target "Disk image ''*/top.qcow2''"*' }
        @{ Command = 'Resize-KvmDiskImage'; Call = 'Resize-KvmDiskImage $drive/base.img 4MB'; Says = '*" on target "Disk image ''*/base.img''"*' }
        @{ Command = 'Restart-KvmVM'; Call = 'Restart-KvmVM busy'; Says = '*" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Resume-KvmVM'; Call = 'Resume-KvmVM held'; Says = '*" on target "Virtual machine ''held'' (Paused)"*' }
        @{ Command = 'Set-KvmRegister'; Call = 'Set-KvmRegister held Rax 7'; Says = '*"Set Rax*" on target "vCPU 0 of virtual machine ''held''"*' }
        @{ Command = 'Set-KvmVM'; Call = 'Set-KvmVM idle -MemoryBytes 32MB'; Says = '*"Set MemoryBytes from 16,777,216 to 33,554,432" on target "Virtual machine ''idle''"*' }
        @{ Command = 'Start-KvmVM'; Call = 'Start-KvmVM idle'; Says = '*"Start" on target "Virtual machine ''idle'' (Off)"*' }
        @{ Command = 'Stop-KvmVM'; Call = 'Stop-KvmVM busy -TurnOff'; Says = '*" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Suspend-KvmVM'; Call = 'Suspend-KvmVM busy'; Says = '*" on target "Virtual machine ''busy'' (Running)"*' }
        @{ Command = 'Test-KvmDiskImage'; Call = 'Test-KvmDiskImage $drive/top.qcow2' }
        @{ Command = 'Test-KvmHost'; Call = 'Test-KvmHost' }
        @{ Command = 'Wait-KvmSerial'; Call = 'Wait-KvmSerial busy ready -Timeout 60' }
        @{ Command = 'Wait-KvmVM'; Call = 'Wait-KvmVM busy -Timeout 0.01' }
        @{ Command = 'Write-KvmMemory'; Call = 'Write-KvmMemory held 0x3000 -Byte 1, 2, 3'; Says = '*3 bytes*" on target "Memory of virtual machine ''held''"*' }
        @{ Command = 'Write-KvmSerial'; Call = 'Write-KvmSerial busy hello'; Says = '*"Write 6 bytes" on target "*virtual machine ''busy''"*' }
    )
    $changers = $cmdlets.Where({ $_.Says })
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/QuietHost.ps1"

    # In order; Sort-Object is not in the embedded engine.
    function Get-Sorted([string[]]$Texts) {
        [array]::Sort($Texts, [System.StringComparer]::Ordinal)
        $Texts
    }

    # Machines and files for one cmdlet to work on.
    function New-Target([string]$Folder) {
        $null = [System.IO.Directory]::CreateDirectory($Folder)
        [System.IO.File]::WriteAllText("$Folder/one.json", '{ "version": 1, "name": "exported", "code": "9A==" }')
        $null = New-KvmDiskImage "$Folder/base.img" 1MB
        $null = New-KvmDiskImage "$Folder/disk.img" 1MB
        $null = New-KvmDiskImage "$Folder/top.qcow2" -BackingPath "$Folder/base.img"
        $null = New-KvmVM -Name idle -Code (Get-GuestCode spin) -MemoryBytes 16MB -Disk "$Folder/disk.img"
        $busy = New-KvmVM -Name busy -Code (Get-GuestCode echo) -MemoryBytes 16MB | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $busy 'ready\n'
        $null = New-KvmDiskImage "$Folder/thrown.img" 1MB
        New-KvmVM -Name held -Code (Get-GuestCode spin) -MemoryBytes 16MB -Disk "$Folder/thrown.img" -Ephemeral | Start-KvmVM -PassThru | Suspend-KvmVM
    }

    # All that a cmdlet could have changed, as text: machines with their settings, a register and some memory, and the bytes of the files.
    function Get-Everything([string]$Folder) {
        $volatile = 'Uptime', 'CpuTime', 'CpuUsage', 'Exits', 'ExitCounts', 'HugePageBytes'
        foreach ($vm in Get-KvmVM) {
            foreach ($property in $vm.psobject.Properties) { if ($property.Name -notin $volatile) { "$($vm.Name) $($property.Name) = $($property.Value)" } }
        }
        foreach ($disk in Get-KvmDisk idle) { "$disk $($disk.Path)" }
        "held Rax = $((Get-KvmRegister held).Rax)"
        "held 0x3000 = $((Read-KvmMemory held 0x3000 16).Bytes)"
        foreach ($file in Get-Sorted ([System.IO.Directory]::GetFiles($Folder))) {
            "$file $([System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($file))))"
        }
    }

    $said = [QuietHost]::new()
    $runspace = New-QuietRunspace $said
    $kernel = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
    $runspace.SessionStateProxy.SetVariable('kernel', $kernel)

    # What a call says to the host, errors included.
    function Invoke-Quietly([string]$Call) {
        $said.Voice.Lines.Clear()
        $shell = [powershell]::Create($runspace).AddScript($Call)
        try {
            $null = $shell.Invoke()
            $shell.Streams.Error | ForEach-Object { "error: $_" }
            $said.Voice.Lines.ToArray()
        }
        finally { $shell.Dispose() }
    }
}

AfterAll { $runspace.Dispose() }

Describe 'The table of cmdlets' {
    It 'has every cmdlet' -ForEach @{ Named = $cmdlets.Command } { Get-Sorted (Get-Command -Module KvmPS -CommandType Cmdlet).Name | Should -Be (Get-Sorted $Named) }

    It 'tells of every cmdlet that takes -WhatIf what it says' -ForEach @{ Named = $changers.Command } {
        $takers = Get-Command -Module KvmPS -CommandType Cmdlet | Where-Object { $_.Parameters.ContainsKey('WhatIf') -and $_.Name -ne 'Register-KvmShouldOperator' } # which needs Pester, and has the test of its own file
        Get-Sorted $takers.Name | Should -Be (Get-Sorted $Named)
    }
}

Describe '-WhatIf' -Skip:$noKvm {
    BeforeAll {
        New-Target "$TestDrive/whatif"
        $runspace.SessionStateProxy.SetVariable('drive', "$TestDrive/whatif")
        $before = Get-Everything "$TestDrive/whatif"
    }
    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'of <Command> says what it would do to whom, and does nothing' -ForEach $changers {
        $words = (Invoke-Quietly "$Call -WhatIf") -join "`n"
        $words | Should -BeLike 'What if: Performing the operation "*'
        $words | Should -BeLike $Says
        Get-Everything "$TestDrive/whatif" | Should -Be $before
    }

    It 'of New-KvmVM tells the steps of the boot plan with -Verbose' {
        $steps = (New-KvmVM $kernel -Name planned -WhatIf -Verbose 4>&1).Message
        $steps | Where-Object { $_ -like 'Load 0x* bytes at 0x*' } | Should -Not -BeNullOrEmpty
        $steps[-1] | Should -BeLike 'Enter at 0x* in Protected mode (Multiboot*'
    }
}

Describe '-Debug' -Skip:$noKvm {
    BeforeEach {
        $folder = "$TestDrive/$([guid]::NewGuid())"
        New-Target $folder
        $runspace.SessionStateProxy.SetVariable('drive', $folder)
        $said.Voice.Questions.Clear()
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'of <Command> asks nothing' -ForEach $cmdlets {
        $null = Invoke-Quietly "$Call -Debug"
        $said.Voice.Questions | Should -BeNullOrEmpty
    }
}

Describe 'The quiet host' {
    It 'keeps questions, and answers none' {
        { Invoke-Quietly "New-KvmDiskImage '$TestDrive/asked.img' 1MB -Confirm" } | Should -Throw -ExpectedMessage '*was asked*'
        $said.Voice.Questions.Count | Should -Be 1
        [System.IO.File]::Exists("$TestDrive/asked.img") | Should -BeFalse
    }
}
