# Takes an older and a newer MCOS through their life on this Windows and saves what it saw
# in one text file. Run it as administrator on a computer without MCOS, best a virtual
# machine, with mcos-verify.exe next to it:
#   powershell -ExecutionPolicy Bypass -File verify.ps1 -Old mcos-1.0.0-windows-amd64.msi -New mcos-1.1.0-windows-amd64.msi
# At the end MCOS is removed with its data. Nobody has run this on a real Windows yet.
param([Parameter(Mandatory = $true)][string]$Old, [Parameter(Mandatory = $true)][string]$New, [string]$Report = 'mcos-verify.txt')
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$Old = (Resolve-Path $Old).Path; $New = (Resolve-Path $New).Path
$verify = Join-Path $PSScriptRoot 'mcos-verify.exe'
$mcos = Join-Path $env:ProgramFiles 'MCOS\mcos.exe'
$bot = Join-Path $env:ProgramFiles 'MCOS\mcos-bot.exe'
$work = Join-Path $env:TEMP ('mcos-verify-' + [guid]::NewGuid().ToString('N'))
$game = Join-Path $work 'Game'; $before = Join-Path $work 'before.txt'; $after = Join-Path $work 'after.txt'; $log = Join-Path $work 'msi.log'
New-Item -ItemType Directory -Path $game | Out-Null
Set-Content -Path (Join-Path $game 'MCity.exe') -Value 'MZ' # stands in for the game
Set-Content -Path (Join-Path $game 'pub.key') -Value 'the old key'
$script:failed = @()
function Say([string]$text) { Add-Content -Path $Report -Value $text -Encoding UTF8; Write-Host $text }
# Note keeps what failed, and goes on: the rest is worth seeing.
function Note([string]$name, [int]$code, [bool]$shouldFail) {
    Say "  ended with $code"
    if (($code -eq 0) -eq $shouldFail) { $script:failed += $name; Say '  NOT AS IT SHOULD BE' }
}
function Step([string]$name, [string]$program, [string[]]$arguments, [string]$typed = '') {
    Say "== $name"; $global:LASTEXITCODE = -1
    $typed | & $program @arguments 2>&1 | ForEach-Object { Say "  $_" }
    Note $name $LASTEXITCODE $false
}
function Msi([string]$name, [string]$arguments, [switch]$Fails) {
    Say "== $name"
    $code = (Start-Process -FilePath msiexec.exe -ArgumentList "$arguments /qn /l*v `"$log`"" -Wait -PassThru).ExitCode
    Get-Content $log | Select-String -Pattern 'return value 3', 'Disallowing', 'Error 1' | ForEach-Object { Say "  $_" }
    Note $name $code ([bool]$Fails)
}
function VersionOf([string]$file) { [IO.Path]::GetFileName($file) -replace '^mcos-' -replace '-windows-.*$' }
Set-Content -Path $Report -Value "mcos-verify, $(Get-Date -Format s), $([Environment]::OSVersion.VersionString)" -Encoding UTF8
Step 'before' $verify @('snapshot', $before)
Msi 'install' "/i `"$Old`""
Start-Sleep -Seconds 15 # the first start makes keys
Step 'installed' $verify @('check', 'installed', (VersionOf $Old))
Step 'a session' $bot @('--sign-up', '--name', 'verify', '--password-stdin') 'verify-word-1'
Step 'doctor' $mcos @('doctor')
Step 'connect' $mcos @('client', 'patch', '--host', '127.0.0.1', '--yes', '--game-dir', $game)
Msi 'update' "/i `"$New`""
Start-Sleep -Seconds 15
Step 'updated' $verify @('check', 'installed', (VersionOf $New))
Step 'a session after the update' $bot @('--name', 'verify', '--password-stdin') 'verify-word-1'
Step 'still connected' $verify @('check', 'connected', '127.0.0.1')
Msi 'the older one is refused' "/i `"$Old`"" -Fails
Remove-Item -Path $bot
Msi 'repair' "/fa `"$New`""
Step 'repaired' $verify @('check', 'installed', (VersionOf $New))
Msi 'remove' "/x `"$New`" REMOVEDATA=1"
Step 'removed' $verify @('check', 'removed')
Step 'after' $verify @('snapshot', $after)
Step 'as before' $verify @('compare', $before, $after)
Say $(if ($script:failed) { 'FAILED: ' + ($script:failed -join ', ') } else { 'All steps passed.' })
exit $script:failed.Count
