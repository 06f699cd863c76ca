BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
}

Describe 'Get-KvmBootPlan' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'tells how an image would boot, and makes nothing' {
        $plan = Get-KvmBootPlan $multiboot -CommandLine 'a b' -Initrd "$PSCommandPath ro" -MemoryBytes 64MB -VcpuCount 3
        $plan | Should -BeOfType ([KvmPS.KvmBootPlan])
        $plan.Kernel | Should -Be $multiboot
        $plan.Format, $plan.Protocol, $plan.CpuMode | Should -Be 'Elf', 'Multiboot', 'Protected'
        $plan.CommandLine, $plan.VcpuCount, $plan.MemoryBytes | Should -Be 'a b', 3, 64MB
        $plan.LoadRanges[0].Start | Should -BeLessOrEqual $plan.Entry
        $plan.LoadRanges[-1].End | Should -BeGreaterThan $plan.Entry
        $plan.InitrdRanges[0].SizeBytes | Should -Be ([System.IO.FileInfo]$PSCommandPath).Length
        $plan.TableRanges.Content | Should -Contain 'the MP configuration table'
        $plan.MemoryMap[0].Content, $plan.MemoryMap[0].Start | Should -Be 'Ram', 0
        "$plan" | Should -BeLike 'Elf entered at 0x*'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'tells of raw code' {
        $plan = Get-KvmBootPlan -Code 0xf4 -CpuMode Long -LoadAddress 0x200000
        $plan.Protocol, $plan.CpuMode, $plan.Entry | Should -Be 'Raw', 'Long', 0x200000
        $plan.MemoryMap.Count | Should -Be 0
        $plan.Kernel | Should -BeNullOrEmpty
    }

    It 'tells of a machine by <Name>' -ForEach @(
        @{ Name = 'name'; Get = { Get-KvmBootPlan -VMName one } }
        @{ Name = 'name alone, where there is no such file'; Get = { Get-KvmBootPlan one } }
        @{ Name = 'pattern'; Get = { Get-KvmBootPlan -Name o* } }
        @{ Name = 'object'; Get = { Get-KvmBootPlan $vm } }
        @{ Name = 'piped object'; Get = { $vm | Get-KvmBootPlan } }
        @{ Name = 'piped name'; Get = { 'one' | Get-KvmBootPlan } }
        @{ Name = 'deserialized object'; Get = { ConvertTo-Deserialized $vm | Get-KvmBootPlan } }
    ) {
        $vm = New-KvmVM -Name one $multiboot -MemoryBytes 32MB -CommandLine 'a b'
        $plan = & $Get
        $plan.MemoryBytes, $plan.CommandLine, $plan.Kernel | Should -Be 32MB, 'a b', $multiboot
    }

    It 'tells how a machine would boot with other settings, and leaves it as it is' {
        $vm = New-KvmVM -Name one $multiboot
        (Get-KvmBootPlan $vm -MemoryBytes 32MB).MemoryMap[-2].End | Should -Be 32MB
        $vm.MemoryBytes | Should -Be 128MB
    }

    It 'takes files and rows from the pipeline' {
        ([System.IO.FileInfo]$multiboot | Get-KvmBootPlan).Kernel | Should -Be $multiboot
        ([pscustomobject]@{ Kernel = $multiboot; MemoryBytes = '16MB' } | Get-KvmBootPlan).MemoryBytes | Should -Be 16MB
    }

    It 'tells of a configuration file' {
        New-KvmVM -Name one $multiboot -MemoryBytes 32MB | Export-KvmVM -Path "$TestDrive/one.json"
        $plan = Get-KvmBootPlan -ConfigurationPath "$TestDrive/one.json" -CommandLine other
        $plan.MemoryBytes, $plan.CommandLine | Should -Be 32MB, 'other'
    }

    It 'says why there is no plan, and goes on' {
        $plans = [pscustomobject]@{ Kernel = '/bin/sh' }, [pscustomobject]@{ Kernel = $multiboot } | Get-KvmBootPlan -ErrorVariable problems -ErrorAction SilentlyContinue
        $plans.Kernel | Should -Be $multiboot
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmImageNotBootable,KvmPS.Commands.GetKvmBootPlanCommand'
    }

    It 'says that an initial RAM disk does not fit' {
        [System.IO.File]::WriteAllBytes("$TestDrive/large", [byte[]]::new(2MB))
        { Get-KvmBootPlan $multiboot -Initrd "$TestDrive/large" -MemoryBytes 2MB -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotBootable,*'
    }

    It 'is what New-KvmVM says with -Verbose' {
        $plan = Get-KvmBootPlan $multiboot
        $said = (& { $null = New-KvmVM $multiboot -Verbose } 4>&1).Message -join "`n"
        $said | Should -BeLike ('*Enter at 0x{0:x} in Protected mode (Multiboot)*' -f $plan.Entry)
        foreach ($range in $plan.TableRanges) { $said | Should -BeLike ('*Keep 0x{0:x}-0x{1:x} for {2}.*' -f $range.Start, $range.End, $range.Content) }
    }

    It 'survives serialization' {
        $copy = ConvertTo-Deserialized (Get-KvmBootPlan $multiboot)
        $copy.LoadRanges[0].Start | Should -Be (Get-KvmBootPlan $multiboot).LoadRanges[0].Start
    }
}

Describe 'The views of a plan' -Tag FullShell {
    It 'shows a list, and a table' {
        $plan = Get-KvmBootPlan $multiboot
        $list = ($plan | Out-String -Width 160) -replace '\e\[[\d;]*m'
        $list | Should -Match 'Protocol +: Multiboot'
        $list | Should -Match 'MemoryMap +: 0x0-0x9fc00 Ram'
        ($plan | Format-Table | Out-String -Width 160) -replace '\e\[[\d;]*m' | Should -Match 'Elf +Multiboot +Protected +0x10'
        ($plan.MemoryMap | Out-String -Width 160) -replace '\e\[[\d;]*m' | Should -Match '0x0 +0x9fc00 +639 Ram'
    }
}
