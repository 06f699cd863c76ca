# Every public type in every view, alive and after serialization. Formatting commands are not in the embedded engine.

BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $noKvm = -not [System.IO.File]::Exists($kvmDevice)
    $types = [KvmPS.KvmVM].Assembly.GetExportedTypes().Where({
            $_.Namespace -eq 'KvmPS' -and $_.IsClass -and -not $_.IsAbstract -and -not $_.IsSubclassOf([Exception]) -and
            -not [System.Management.Automation.IModuleAssemblyInitializer].IsAssignableFrom($_)
        }).ForEach({ @{ Type = $_.Name } })
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $plain = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'

    # The lines of a view that are not empty. The age of a sample goes on.
    function Get-View($InputObject, [string]$Format) { ($InputObject | & $Format | Out-String -Width 160).Split("`n").TrimEnd() | Where-Object { $_ -and $_ -notlike 'SampleAge *' } }

    # An object as it is without a guest that would fill it: each text is its property's name, all else is zero or null.
    function New-Blank([type]$Class) {
        $blank = [System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Class)
        foreach ($field in $Class.GetFields('Instance, NonPublic').Where({ $_.FieldType -eq [string] })) { $field.SetValue($blank, [regex]::Match($field.Name, '\w+').Value) }
        $blank
    }
}

AfterAll { $PSStyle.OutputRendering = $plain }

Describe 'Views' -Tag FullShell -Skip:$noKvm {
    BeforeAll {
        $ended = New-KvmVM -Name ended -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $paused = New-KvmVM -Name paused -Code 0xeb, 0xfe -CpuMode Long | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        $image = New-KvmDiskImage "$TestDrive/data.img" -SizeBytes 1MB
        $made = @{
            KvmVM = { $ended }
            KvmVcpu = { Get-KvmVcpu $ended }
            KvmFault = { $ended.Fault }
            KvmRunResult = { Invoke-KvmVM -Code (Get-GuestCode hello) }
            KvmBootMark = { Measure-KvmVM $ended -BootTimeline }
            KvmRegisters = { Get-KvmRegister $paused }
            KvmRegister = { Get-KvmRegister $paused -Name Rip }
            KvmSegment = { (Get-KvmRegister $paused).Cs }
            KvmDescriptorTable = { (Get-KvmRegister $paused).Gdt }
            KvmInstruction = { Get-KvmInstruction $paused -Count 1 }
            KvmMemoryBlock = { Read-KvmMemory $paused 0x1000 3 }
            KvmMeasurement = { Measure-KvmVM $paused -Interval 0.05 }
            KvmHost = { Get-KvmHost }
            KvmDiskImage = { $image }
            KvmDisk = { Add-KvmDisk $ended $image -PassThru }
        }
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'show a deserialized <Type> as the live one' -ForEach $types {
        $live = $made[$Type] ? (& $made[$Type]) : (New-Blank "KvmPS.$Type")
        $copy = ConvertTo-Deserialized $live
        @($copy)[0].pstypenames[0] | Should -Be "Deserialized.KvmPS.$Type"
        foreach ($format in 'Format-Table', 'Format-List', 'Format-Wide') {
            $view = Get-View $live $format
            $view | Should -Not -BeNullOrEmpty -Because "there is a view for $format"
            Get-View $copy $format | Should -Be $view
        }
    }
}
