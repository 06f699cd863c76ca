BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Measure-KvmVM' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'measures CPU time, exits and serial bytes of an interval' {
        $vm = New-KvmVM -Name talks -Code 0xba,0xf8,0x03,0xb0,0x41,0xee,0xeb,0xfd | Start-KvmVM -PassThru # writes A for ever
        $measurement = Measure-KvmVM $vm -Interval 0.2
        $measurement | Should -BeOfType ([KvmPS.KvmMeasurement])
        $measurement.VMName | Should -Be 'talks'
        $measurement.State | Should -Be 'Running'
        $measurement.Duration.TotalSeconds | Should -BeGreaterThan 0.19
        $measurement.CpuTime | Should -BeGreaterThan ([timespan]::Zero)
        $measurement.CpuUsage | Should -BeGreaterThan 0
        $measurement.Exits | Should -BeGreaterThan 0
        $measurement.ExitCounts['Io'] | Should -Be $measurement.Exits
        $measurement.SerialBytes | Should -BeGreaterThan 0
        $measurement.SerialBytes | Should -BeLessOrEqual $vm.SerialBytes
        $measurement.DiskReads + $measurement.DiskWrites + $measurement.DiskBytesRead + $measurement.DiskBytesWritten | Should -Be 0
    }

    It 'counts what was before the interval not again' {
        $vm = New-KvmVM -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm "ready\n"
        $null = Suspend-KvmVM $vm
        (Measure-KvmVM $vm -Interval 0.05).SerialBytes | Should -Be 0
    }

    It 'goes on for a duration, an interval after the other' {
        $vm = New-KvmVM -Code 0xeb,0xfe | Start-KvmVM -PassThru
        @(Measure-KvmVM $vm -Interval 0.05 -Duration 0.2).Count | Should -Be 4
    }

    It 'measures several machines at the same time' {
        $null = 'a', 'b', 'c' | ForEach-Object { New-KvmVM -Name $_ -Code 0xeb,0xfe | Start-KvmVM }
        (Get-KvmVM | Measure-KvmVM -Interval 0.05 -Duration 0.1).VMName | Should -Be 'a', 'b', 'c', 'a', 'b', 'c'
    }

    It 'ends with the machine' {
        $vm = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm "ready\n"
        $waiting = Start-Waiting 'Measure-KvmVM echo -Interval 100 -Duration -1'
        Write-KvmSerial $vm 'last words' -Byte 4
        $last = @(Complete-Waiting $waiting)
        $last.Count | Should -Be 1
        $last[0].State | Should -Be 'Off'
        $last[0].Duration.TotalSeconds | Should -BeLessThan 100
        $last[0].SerialBytes | Should -BeGreaterOrEqual 'last words'.Length
        (Measure-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.MeasureKvmVMCommand'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*-BootTimeline'
    }

    It 'ends at once on Ctrl+C' {
        $vm = New-KvmVM -Name spin -Code 0xeb,0xfe | Start-KvmVM -PassThru
        $waiting = Start-Waiting 'Measure-KvmVM spin -Interval 100 -Duration -1'
        $waiting.Progress | Should -BeGreaterThan 0
        $waiting.Shell.Stop()
        { Complete-Waiting $waiting } | Should -Throw
        $waiting.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $vm.State | Should -Be 'Running'
    }

    It 'refuses an interval without a length' {
        $vm = New-KvmVM -Code 0xeb,0xfe | Start-KvmVM -PassThru
        { Measure-KvmVM $vm -Interval 0 } | Should -Throw -ErrorId 'KvmInvalidInterval,*'
        { Measure-KvmVM $vm -Interval -1 } | Should -Throw -ErrorId 'KvmInvalidInterval,*'
    }
}

Describe 'Measure-KvmVM -BootTimeline' -Skip:$noKvm {
    BeforeAll { $folder = [System.IO.Directory]::CreateTempSubdirectory('kvmps-').FullName }
    AfterEach { Get-KvmVM | Remove-KvmVM }
    AfterAll { [System.IO.Directory]::Delete($folder, $true) }

    It 'gives the instants of a boot, in their order' {
        $vm = New-KvmVM -Name herald -Code (Get-GuestCode ready) | Start-KvmVM -PassThru | Wait-KvmVM
        $marks = Measure-KvmVM $vm -BootTimeline
        $marks | Should -BeOfType ([KvmPS.KvmBootMark])
        $marks.VMName | Should -Be (@('herald') * 5)
        $marks.Phase | Should -Be 'Load', 'FirstExit', 'Ready', 'FirstByte', 'End'
        $marks[2].Text | Should -Be 'Code 42'
        $marks[2].Time | Should -BeGreaterThan $marks[1].Time
        $sum = [timespan]::Zero
        foreach ($mark in $marks) { $sum += $mark.Delta; $sum | Should -Be $mark.Time }
    }

    It 'takes a machine as an object, as a name and as a deserialized object' {
        $vm = New-KvmVM -Name halts -Code (Get-GuestCode halt) | Start-KvmVM -PassThru | Wait-KvmVM
        $copy = ConvertTo-Deserialized $vm
        $marks = $(
            Measure-KvmVM $vm -BootTimeline; Measure-KvmVM halts -BootTimeline; Measure-KvmVM $copy -BootTimeline
            $vm, 'halts', $copy | Measure-KvmVM -BootTimeline
            [pscustomobject]@{ VMName = 'halts' } | Measure-KvmVM -BootTimeline
        )
        $marks.Where({ $_.Phase -eq 'End' }).VMName | Should -Be (@('halts') * 7)
    }

    It 'draws them, each machine with its name' {
        $null = 'one & only', 'other' | ForEach-Object { New-KvmVM -Name $_ -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM }
        $file = Get-KvmVM | Measure-KvmVM -BootTimeline -AsSvg "$folder/boot.svg"
        $file | Should -BeOfType ([System.IO.FileInfo])
        $file.FullName | Should -Be "$folder/boot.svg"
        $picture = [xml][System.IO.File]::ReadAllText($file.FullName)
        $picture.svg.text.Where({ $_.class -eq 'text name' }).InnerText | Should -Be 'one & only', 'other'
        $file = Measure-KvmVM other -BootTimeline -AsSvg "$folder/boot.svg"
        [System.IO.File]::ReadAllText($file.FullName) | Should -Not -Match 'only'
    }

    It 'says of a machine that was never started that it has none' {
        $still = New-KvmVM -Code (Get-GuestCode hello)
        { Measure-KvmVM $still -BootTimeline -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNeverStarted,*'
    }

    It 'says so when the picture cannot be written' {
        $vm = New-KvmVM -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM
        Measure-KvmVM $vm -BootTimeline -AsSvg "$folder/no/such.svg" -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'Kvm*,KvmPS.Commands.MeasureKvmVMCommand'
    }
}
