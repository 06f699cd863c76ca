BeforeAll { [System.IO.File]::WriteAllText("$TestDrive/root.txt", 'root') }

Describe 'TestDrive' {
    BeforeAll { [System.IO.File]::WriteAllText("$TestDrive/block.txt", 'block') }
    It 'is a folder' { $TestDrive | Should -Exist }
    It 'is a drive' { 'TestDrive:/root.txt' | Should -Exist; 'TestDrive:/block.txt' | Should -Exist }
    It 'keeps what a test puts there' { $null = [System.IO.Directory]::CreateDirectory("$TestDrive/a/b"); 'TestDrive:/a/b' | Should -Exist }
    It 'within the block' { 'TestDrive:/a/b' | Should -Exist }
}

Describe 'After the block' {
    It 'its files are gone' { 'TestDrive:/block.txt' | Should -Not -Exist; 'TestDrive:/a' | Should -Not -Exist }
    It 'and those of the file are not' { 'TestDrive:/root.txt' | Should -Exist }
}
