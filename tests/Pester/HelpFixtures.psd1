# What the tests of the help pages' examples know beyond the pages, by page and number of the example:
#   Mask       patterns for what differs from host to host, or from run to run, beside times and ids; a line of which nothing is left is no part of the comparison
#   Elsewhere  the test that runs it, when the shells cannot: it needs a terminal
#   After      the piece of the same topic that it goes on from
#   NeedsFile  a file of the host without which it is not run
#   NotRun     why it is only parsed
@{
    'about_KvmPS/2' = @{ Mask = '\bvm\d+\b' }
    'about_KvmPS/3' = @{ Mask = '(?<=Linux version ).*' }
    'about_KvmPS/6' = @{ NeedsFile = '/usr/share/seabios/bios-256k.bin'; Mask = '^\d+\.\d+\.\d+.*' }
    'about_KvmPS_Guests/2' = @{ After = 'about_KvmPS_Guests/1' }
    'about_KvmPS_Hyper-V/1' = @{ NotRun = 'its kernel and its image are the reader''s' }
    'about_KvmPS_Testing/1' = @{ NotRun = 'it is a file of tests; SmokeTests.Tests.ps1 runs samples/SmokeTests, which is made like it' }
    'about_KvmPS_Testing/2' = @{ NotRun = 'it is a part of such a file; samples/SmokeTests has it whole' }
    'Enter-KvmSerial/1' = @{ Elsewhere = 'EnterKvmSerialExampleTests' }
    'Enter-KvmSerial/2' = @{ Elsewhere = 'EnterKvmSerialExampleTests' }
    'Enter-KvmSerial/3' = @{ Elsewhere = 'EnterKvmSerialExampleTests' }
    'Get-KvmDisk/2' = @{ Mask = '^ *\d+' }
    'Get-KvmHost/1' = @{ Mask = '(?<=^\w+ *: ).*', '^ {10,}.*' }
    'Get-KvmHost/2' = @{ Mask = '^\d+$', '^KVM_CAP_(?!IRQCHIP$|IRQFD$|IRQ_ROUTING$|SPLIT_IRQCHIP$).*' }
    'Get-KvmHost/3' = @{ Mask = 'True|False' }
    'Get-KvmVM/1' = @{ Mask = '(?<=Running +\d+ +\d+ +)\d+\.\d' }
    'Get-KvmVcpu/1' = @{ Mask = '(?<=0x\d{16} +)\d+' }
    'Get-KvmVcpu/2' = @{ Mask = '(?<=^0x100)[012]' }
    'Measure-KvmVM/1' = @{ Mask = '\d+\.\d %', '(?<=^Exits +: )\d+', '(?<=Io )\d+', '(?<=^SerialBytes +: ).*' }
    'Measure-KvmVM/2' = @{ Mask = '\d+(?= %)' }
    'Measure-KvmVM/3' = @{ Mask = '(?<=Linux version ).*' }
    'about_KvmPS/10' = @{ Mask = '(?<=^Job)\d+' }
    'New-KvmVM/5' = @{ Mask = '\b[\da-f]{8}\b' }
    'Read-KvmSerial/4' = @{ Mask = '\[ *\d+\.\d+\]' }
}
