# What comes out of a cmdlet goes over the wire, to a job, a CLIXML file or another host, and loses nothing on the way.

BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
    $noGuest = $noKvm -or -not [System.IO.File]::Exists("$guest/vmlinux")

    Import-Module "$PSScriptRoot/../../out/KvmPS"

    # One object, or several, of each type that a cmdlet writes.
    $objects = @(
        @{ Type = 'KvmPS.KvmVM'; Get = { $ended } }
        @{ Type = 'KvmPS.KvmVcpu'; Get = { Get-KvmVcpu $ended } }
        @{ Type = 'KvmPS.KvmRunResult'; Get = { $result, $fallen } }
        @{ Type = 'KvmPS.KvmBootPlan'; Get = { Get-KvmBootPlan "$PSScriptRoot/../Guests/multiboot/multiboot.elf" -MemoryBytes 64MB } }
        @{ Type = 'KvmPS.KvmMemoryBlock'; Get = { Read-KvmMemory $paused 0x1000 3 } }
        @{ Type = 'KvmPS.KvmHost'; Get = { Get-KvmHost } }
        @{ Type = 'KvmPS.KvmSerialMatch'; Get = { $match } }
        @{ Type = 'KvmPS.KvmSerialLine'; Get = { Read-KvmSerial $ended2 -AsObject } }
        @{ Type = 'KvmPS.KvmDisk'; Get = { Get-KvmDisk $ended2 } }
        @{ Type = 'KvmPS.KvmInstruction'; Get = { Get-KvmInstruction $paused -Count 1 } }
        @{ Type = 'KvmPS.KvmRegisters'; Get = { Get-KvmRegister $paused } }
        @{ Type = 'KvmPS.KvmRegister'; Get = { Get-KvmRegister $paused -Name Rip, Cs, Al } }
        @{ Type = 'KvmPS.KvmDiskImage'; Get = { $image, (Get-KvmDiskImage "$TestDrive/base.img") } }
        @{ Type = 'KvmPS.KvmMeasurement'; Get = { $measurement } }
        @{ Type = 'KvmPS.KvmBootMark'; Get = { Measure-KvmVM $ended2 -BootTimeline } }
    )
    # The cmdlets that take machines by a property of piped objects, with what else they must be told.
    $with = @{
        'Copy-KvmGuestFile' = @{ ToGuest = $true; Path = '/dev/null'; Destination = '/tmp' }
        'Export-KvmFailureBundle' = @{ Path = '/no/such' }
        'Export-KvmVM' = @{ Path = '/no/such/file' }
        'Measure-KvmVM' = @{ BootTimeline = $true }
        'Merge-KvmDisk' = @{ Name = 'disk0' }
        'Read-KvmMemory' = @{ Address = 0; Length = 1 }
        'Remove-KvmDisk' = @{ Name = 'disk0' }
        'Set-KvmRegister' = @{ Name = 'Rax'; Value = 1 }
        'Stop-KvmVM' = @{ TurnOff = $true }
        'Wait-KvmSerial' = @{ Pattern = 'x' }
        'Wait-KvmVM' = @{ Timeout = 1 }
        'Write-KvmMemory' = @{ Address = 0; Text = 'x' }
        'Write-KvmSerial' = @{ InputText = 'x' }
    }
    $machineTakers = @((Get-Command -Module KvmPS -CommandType Cmdlet).ForEach({
                $names = $_.Parameters.Values.Where({ $_.Name -in 'Name', 'VMName' -and $_.Attributes.Where({ $_ -is [System.Management.Automation.ParameterAttribute] -and $_.ValueFromPipelineByPropertyName }) })
                $machines = $names.Where({ $_.Attributes.Where({ $_ -is [System.Management.Automation.ArgumentCompleterAttribute] -and $_.Type.Name -eq 'MachineNameCompleter' }) })
                if ($machines) { @{ Name = $_.Name; Bound = @($machines[0].Name) + $machines[0].Aliases; With = $with[$_.Name] ?? @{} } }
            }))

    # The enums that properties of public objects have.
    $enums = @([KvmPS.KvmVM].Assembly.GetExportedTypes().Where({ $_.Namespace -eq 'KvmPS' }).ForEach({ $_.GetProperties() }).ForEach({
                [nullable]::GetUnderlyingType($_.PropertyType) ?? $_.PropertyType.GetElementType() ?? $_.PropertyType
            }).Where({ $_.IsEnum -and $_.Namespace -like 'KvmPS*' }) | & { begin { $seen = @{} } process { if (-not $seen[$_]) { $seen[$_] = $true; $_ } } })
    $guestObjects = @(
        @{ Type = 'KvmPS.KvmGuestResult'; Get = { $answer } }
        @{ Type = 'KvmPS.KvmGuestFile'; Get = { $file } }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # The wire keeps these as what they are; all others become text or a bag of properties.
    $plain = @([string], [bool], [char], [byte], [sbyte], [short], [ushort], [int], [uint], [long], [ulong], [float], [double], [decimal], [timespan], [datetime], [guid], [uri], [version], [byte[]])

    # What is wrong with a copy, one text a property, with the way to it; nothing for a true copy.
    function Compare-Copy($Live, $Copy, [string]$Path) {
        if ($null -eq $Live) { if ($null -ne $Copy) { "${Path}: not null" }; return }
        if ($null -eq $Copy) { "${Path}: null"; return }
        $value = $Live.psobject.BaseObject
        if ($value -is [enum]) {
            # Its name, which compares with itself as the enum does.
            if ($Copy -isnot [string] -or "$Copy" -cne "$value") { "${Path}: $($Copy.GetType()) $Copy instead of $value" }
            return
        }
        if ($value.GetType() -in $plain) {
            $got = $Copy.psobject.BaseObject
            if ($got.GetType() -ne $value.GetType()) { "${Path}: $($got.GetType()) instead of $($value.GetType())" }
            elseif ("$got" -cne "$value") { "${Path}: $got instead of $value" }
            return
        }
        if ($value -is [array]) {
            if (@($Copy).Count -ne $value.Length) { "${Path}: $(@($Copy).Count) items instead of $($value.Length)"; return }
            for ($i = 0; $i -lt $value.Length; $i++) { Compare-Copy $value[$i] @($Copy)[$i] "$Path[$i]" }
            return
        }
        if ($value.GetType().GetInterface('System.Collections.IDictionary')) {
            foreach ($key in $value.Keys) { Compare-Copy $value[$key] $Copy[$key] "$Path[$key]" }
            if ($Copy.Count -ne $value.Count) { "${Path}: $($Copy.Count) keys instead of $($value.Count)" }
            return
        }
        if ($value.GetType().Namespace -notlike 'KvmPS*') { "${Path}: a $($value.GetType()) does not go over the wire"; return }
        if ($Copy -is [string]) { "${Path}: cut to the text '$Copy'"; return }
        if ($Copy.pstypenames[0] -ne "Deserialized.$($value.GetType())") { "${Path}: a $($Copy.pstypenames[0])" }
        foreach ($property in $Live.psobject.Properties) {
            if ($property.Name -notin $Copy.psobject.Properties.Name) { "$Path.$($property.Name): missing"; continue }
            if ("$Path.$($property.Name)" -in $clocks) { continue }
            Compare-Copy $property.Value $Copy.$($property.Name) "$Path.$($property.Name)"
        }
        if ("$Copy" -cne "$value") { "${Path}: is called '$Copy' instead of '$value'" }
    }

    # These go on from one look to the next.
    $clocks = @('KvmVcpu.SampleAge')

    # Each object goes out and comes back; what was lost.
    function Get-Lost($Objects) { foreach ($live in $Objects) { Compare-Copy $live (ConvertTo-Deserialized $live) $live.GetType().Name } }
}

Describe 'The table of types' {
    It 'has each type of ours that a cmdlet writes' -ForEach @{ Named = @($objects; $guestObjects).Type } {
        $written = [System.Collections.Generic.SortedSet[string]]::new([string[]]((Get-Command -Module KvmPS -CommandType Cmdlet).OutputType.Name | Where-Object { $_ -like 'KvmPS.*' }))
        @($written) | Should -Be @([System.Collections.Generic.SortedSet[string]]::new([string[]]$Named))
    }
}

Describe 'Over the wire' -Skip:$noKvm {
    BeforeAll {
        $null = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $image = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath "$TestDrive/base.img"
        $ended = New-KvmVM -Name ended -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $ended2 = New-KvmVM -Name spoken -Code (Get-GuestCode hello) -Disk "$TestDrive/top.qcow2" | Start-KvmVM -PassThru
        $match = Wait-KvmSerial $ended2 '(?<word>Goodbye)\.'
        $null = Wait-KvmVM $ended2 -Timeout 60
        $paused = New-KvmVM -Name paused -Code 0xeb, 0xfe, 0x41 -CpuMode Long | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        $measurement = New-KvmVM -Name measured -Code (Get-GuestCode spin) | Start-KvmVM -PassThru | Measure-KvmVM -Interval 0.01
        $result = Invoke-KvmVM -Name shot -Code 0xb0, 0x41, 0xe6, 0xe9, 0xe6, 0x80, 0xe6, 0xf4 # debug console, POST code, debug exit
        $fallen = Invoke-KvmVM -Name fallen -Code (Get-GuestCode triple)
    }
    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'a <Type> keeps all that it holds' -ForEach $objects {
        $live = @(& $Get)
        $live.Count | Should -BeGreaterThan 0
        foreach ($one in $live) { $one.GetType().FullName | Should -Be $Type }
        Get-Lost $live | Should -BeNullOrEmpty
    }

    It 'keeps what a fault holds, two levels below a result' {
        $copy = ConvertTo-Deserialized $fallen
        $copy.Fault.Registers['rip'] | Should -Be $fallen.Fault.Registers['rip']
        $copy.Fault.InstructionBytes | Should -Be $fallen.Fault.InstructionBytes
        (ConvertTo-Deserialized $result).PostCodes[0].Time | Should -Be $result.PostCodes[0].Time
    }

    It 'keeps an error with its id, its remedy and its exception' {
        Get-KvmVM nope -ErrorVariable problems -ErrorAction SilentlyContinue
        $copy = ConvertTo-Deserialized $problems[0]
        $copy.FullyQualifiedErrorId | Should -Be 'KvmVMNotFound,KvmPS.Commands.GetKvmVMCommand'
        $copy.ErrorDetails_RecommendedAction | Should -Be $problems[0].ErrorDetails.RecommendedAction
        $copy.Exception.Remedy | Should -Be $problems[0].ErrorDetails.RecommendedAction
    }

    It 'keeps <_> comparable with its names and with itself, at every level' -ForEach $enums {
        foreach ($live in [enum]::GetValues($_)) {
            $name = "$live"
            foreach ($copy in (ConvertTo-Deserialized $live), (ConvertTo-Deserialized ([pscustomobject]@{ Value = $live })).Value, (ConvertTo-Deserialized @{ Value = @{ Value = $live } }).Value.Value) {
                $copy | Should -BeOfType ([string])
                ($copy -eq $name), ($copy -eq $live), ($live -eq $copy) | Should -Be $true, $true, $true
                ($copy -as $_) -eq $live | Should -BeTrue
            }
        }
    }

    It 'compares the ends of runs alike, live and copied' {
        foreach ($one in $result, (ConvertTo-Deserialized $result)) {
            $one.ExitReason -eq 'DebugExit' | Should -BeTrue
            $one.ExitReason -in 'Halted', 'DebugExit' | Should -BeTrue
            $one.ExitReason -ne 'Halted' | Should -BeTrue
            $(switch ($one.ExitReason) { DebugExit { 'ended' } default { 'lost' } }) | Should -Be 'ended'
        }
    }

    It 'is found out when something is lost' {
        Compare-Copy 1L 1 'x' | Should -Be 'x: int instead of long'
        Compare-Copy ([timespan]::FromSeconds(1)) ([timespan]::FromSeconds(2)) 'x' | Should -Be 'x: 00:00:02 instead of 00:00:01'
        Compare-Copy $fallen.Fault "$($fallen.Fault)" 'x' | Should -BeLike 'x: cut to the text *'
        Compare-Copy ([byte[]](1, 2)) ([object[]](1, 2)) 'x' | Should -Not -BeNullOrEmpty
    }
}

Describe 'Over the wire, from a Linux guest' -Skip:$noGuest {
    BeforeAll {
        $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
        $null = New-KvmVM "$guest/vmlinux" -Name linux -Initrd "$guest/initrd.cpio" -CommandLine 'console=ttyS0 reboot=k SHELL' -MemoryBytes 64MB | Start-KvmVM -PassThru
        $answer = Invoke-KvmGuestCommand linux 'echo one; exit 3'
        [System.IO.File]::WriteAllBytes("$TestDrive/sent", [byte[]](1, 2, 3))
        $file = Copy-KvmGuestFile linux "$TestDrive/sent" /tmp -ToGuest
    }
    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'a <Type> keeps all that it holds' -ForEach $guestObjects { Get-Lost (& $Get) | Should -BeNullOrEmpty }
}

Describe 'What came over the wire' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name home -Code (Get-GuestCode spin)
        $copy = ConvertTo-Deserialized $vm
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'from a file stands for the machine of its name' { [object]::ReferenceEquals((Get-KvmVM $copy), $vm) | Should -BeTrue }

    It 'from a computer stands for the machine of its id' {
        $copy.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', 'localhost'))
        [object]::ReferenceEquals((Get-KvmVM $copy), $vm) | Should -BeTrue
        [object]::ReferenceEquals(($copy | Get-KvmVM), $vm) | Should -BeTrue
    }

    It 'from another computer stands for no namesake here, <Way>' -ForEach @(
        @{ Way = 'by position'; Call = { Remove-KvmVM $copy -ErrorAction Stop } }
        @{ Way = 'by name'; Call = { Remove-KvmVM -VM $copy -ErrorAction Stop } }
        @{ Way = 'piped'; Call = { $copy | Remove-KvmVM -ErrorAction Stop } }
        @{ Way = 'for its console'; Call = { $copy | Write-KvmSerial text -ErrorAction Stop } }
    ) {
        $copy.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', 'far'))
        Remove-KvmVM $vm
        $namesake = New-KvmVM -Name home -Code (Get-GuestCode spin)
        $problem = try { & $Call } catch { $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike 'KvmVMNotFound,*'
        $problem.TargetObject | Should -Be 'home'
        $problem.Exception.Message | Should -BeLike "*Machine 'home' lives in another process, on 'far'.*"
        [object]::ReferenceEquals((Get-KvmVM home), $namesake) | Should -BeTrue
    }

    It 'from another computer is refused by <Name>, piped' -ForEach $machineTakers {
        Remove-KvmVM $vm
        $namesake = New-KvmVM -Name home -Code (Get-GuestCode spin)
        $before = "$($namesake.psobject.Properties.Value)"
        $copy.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', 'far'))
        $row = [pscustomobject]@{ VMName = 'home'; Index = 0; PSComputerName = 'far' }
        foreach ($one in @($row; if ('Name' -in $Bound) { $copy })) {
            $one | & $Name @With -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'KvmVMNotFound,*'
            $problems[0].Exception.Message | Should -BeLike "*Machine 'home' lives in another process, on 'far'.*"
            [object]::ReferenceEquals((Get-KvmVM home), $namesake) | Should -BeTrue
            "$($namesake.psobject.Properties.Value)" | Should -Be $before
        }
    }

    It 'from another computer is no image, <Way>' -ForEach @(
        @{ Way = 'piped'; Call = { $image | Resize-KvmDiskImage -SizeBytes 2MB -ErrorAction Stop } }
        @{ Way = 'by position'; Call = { Get-KvmDiskImage $image -ErrorAction Stop } }
        @{ Way = 'as a disk'; Call = { Add-KvmDisk $vm $image -ErrorAction Stop } }
        @{ Way = 'as a row'; Call = { [pscustomobject]@{ Path = $image.Path; PSComputerName = 'far' } | Test-KvmDiskImage -ErrorAction Stop } }
        @{ Way = 'as a file'; Call = { [pscustomobject]@{ FullName = $image.Path; PSComputerName = 'far' } | Test-KvmDiskImage -ErrorAction Stop } }
    ) {
        $image = ConvertTo-Deserialized (New-KvmDiskImage "$TestDrive/far.img" 1MB -Force)
        $image.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', 'far'))
        $problem = try { & $Call } catch { $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike 'KvmFileNotFound,*'
        $problem.Exception.Message | Should -BeLike "*is a file of another computer, 'far'*"
        (Get-KvmDiskImage "$TestDrive/far.img").SizeBytes | Should -Be 1MB
    }

    It 'from this computer, ''<_>'', is taken by its id, and what names its machine by that name' -ForEach 'localhost', '127.0.0.1', '::1', ([System.Environment]::MachineName) {
        $copy.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', $_))
        [object]::ReferenceEquals(($copy | Get-KvmVM), $vm) | Should -BeTrue
        $vcpu = ConvertTo-Deserialized (Get-KvmVcpu $vm)
        $vcpu.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', $_))
        [object]::ReferenceEquals(($vcpu | Get-KvmVM), $vm) | Should -BeTrue
        Remove-KvmVM $vm
        $null = New-KvmVM -Name home -Code (Get-GuestCode spin)
        { $copy | Remove-KvmVM -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*' # a job of this computer is another process
    }

    It 'as a string is a name, wherever it came from' {
        $text = [psobject]'home'
        $text.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', 'far'))
        [object]::ReferenceEquals(($text | Get-KvmVM), $vm) | Should -BeTrue
    }

    It 'stands for no namesake of a machine that was removed: it is live, and <Way>' -ForEach @(
        @{ Way = 'piped'; Call = { $vm | Start-KvmVM -ErrorAction Stop } }
        @{ Way = 'given by position'; Call = { Start-KvmVM $vm -ErrorAction Stop } }
    ) {
        Remove-KvmVM $vm
        $namesake = New-KvmVM -Name home -Code (Get-GuestCode spin)
        $Call | Should -Throw -ErrorId 'KvmVMRemoved,*'
        $namesake.State | Should -Be 'Off'
    }

    It 'is taken by its name, and not as a pattern' {
        $forged = [pscustomobject]@{ PSTypeName = 'Deserialized.KvmPS.KvmVM'; Name = '*' }
        { Remove-KvmVM $forged -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*'
        { Remove-KvmVM -VM $forged -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*'
        { $forged | Remove-KvmVM -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*'
        (Get-KvmVM).Name | Should -Be 'home'
    }

    It 'says so of a machine without a name' {
        $nameless = [pscustomobject]@{ PSTypeName = 'Deserialized.KvmPS.KvmVM' }
        { Get-KvmVM -VM $nameless } | Should -Throw -ExpectedMessage '*has no name*'
    }

    It 'is an image by its path' {
        $image = ConvertTo-Deserialized (New-KvmDiskImage "$TestDrive/wired.img" 1MB)
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 1MB
        ($image | Resize-KvmDiskImage -SizeBytes 2MB -PassThru).SizeBytes | Should -Be 2MB
        Add-KvmDisk $vm $image
        (Get-KvmDisk $vm).Path | Should -Be "$TestDrive/wired.img"
        Test-KvmDiskImage (ConvertTo-Deserialized (Get-KvmDisk $vm)) | Should -BeTrue
    }

    It 'names its machine: a vCPU, a disk, a match, a result' {
        (ConvertTo-Deserialized (Get-KvmVcpu $vm) | Get-KvmVM).Name | Should -Be home
        ([pscustomobject]@{ VMName = 'home' } | Get-KvmVM).Name | Should -Be home
    }
}
