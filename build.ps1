#!/usr/bin/env pwsh
# Starts the factory from PowerShell 7 on Linux. The program is compiled when its sources have changed since the last time, and only then.
# It keeps its own stamp and copy, the lock is the one of build.sh; see there for the reasons.
$ErrorActionPreference = 'Stop'

function Stop-WithFault([string]$Code, [int]$Exit, [string]$Message, [string]$Hint) {
    [Console]::Error.WriteLine("${Code}: ${Message}`n  hint: ${Hint}")
    exit $Exit
}

$root = $PSScriptRoot
$item = Get-Item -LiteralPath $PSCommandPath
if ($item.LinkTarget) { $root = Split-Path -Parent $item.ResolveLinkTarget($true).FullName }
$out = Join-Path $root 'artifacts/.build'
$stamp = Join-Path $out 'host.ps1.stamp'
$pathFile = Join-Path $out 'host.ps1.path'
$sources = 'build', 'secure-execution', 'Directory.Build.props', 'Directory.Packages.props', 'global.json' | ForEach-Object { Join-Path $root $_ }

$dotnet = @(
    (Get-Command dotnet -CommandType Application -ErrorAction Ignore | Select-Object -First 1 -ExpandProperty Source)
    if ($env:DOTNET_ROOT) { Join-Path $env:DOTNET_ROOT 'dotnet' }
    if ($HOME) { Join-Path $HOME '.dotnet/dotnet' }
) | Where-Object { $_ -and (Test-Path -LiteralPath $_) } | Select-Object -First 1
if (-not $dotnet) {
    Stop-WithFault IFH050 69 'the .NET SDK 10 is not on this machine: not in PATH, DOTNET_ROOT or ~/.dotnet' 'install dotnet-sdk-10.0 with apt-get or dnf'
}

function Get-CompiledHost {
    if (-not ((Test-Path -LiteralPath $stamp) -and (Test-Path -LiteralPath $pathFile))) { return }
    $since = (Get-Item -LiteralPath $stamp).LastWriteTimeUtc
    foreach ($source in $sources) {
        $top = Get-Item -LiteralPath $source
        if ($top.LastWriteTimeUtc -gt $since) { return }
        if ($top.PSIsContainer) {
            foreach ($entry in [IO.Directory]::EnumerateFileSystemEntries($source, '*', [IO.SearchOption]::AllDirectories)) {
                if ([IO.File]::GetLastWriteTimeUtc($entry) -gt $since) { return }
            }
        }
    }
    $program = Join-Path $out 'host' ([IO.File]::ReadAllText($pathFile).Trim()) 'ImageFactory.Build.dll'
    if (Test-Path -LiteralPath $program) { $program }
}

$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$program = Get-CompiledHost
if (-not $program) {
    try {
        $null = [IO.Directory]::CreateDirectory($out)
        # .NET takes an advisory lock (flock) on a file opened without sharing, as build.sh does.
        $lock = $null
        while (-not $lock) {
            try { $lock = [IO.File]::Open((Join-Path $out 'host.lock'), 'OpenOrCreate', 'ReadWrite', 'None') }
            catch [UnauthorizedAccessException] { throw }
            catch [IO.IOException] { Start-Sleep -Milliseconds 200 }
        }
    }
    catch {
        Stop-WithFault IFH052 73 "the factory must be compiled and $root/artifacts cannot be written" 'make the folder yours, or copy it to where you may write'
    }
    try {
        $program = Get-CompiledHost
        if (-not $program) {
            [Console]::Error.WriteLine('compiling the factory (once, until its sources change)')
            $started = [DateTime]::UtcNow
            Push-Location -LiteralPath $root
            try { $text = & $dotnet build build/ImageFactory.Build/ImageFactory.Build.csproj -c Release -nologo -v:q -clp:NoSummary -nodeReuse:false 2>&1 }
            finally { Pop-Location }
            if ($LASTEXITCODE -ne 0) {
                $text | Sort-Object -Unique | ForEach-Object { [Console]::Error.WriteLine($_) }
                Stop-WithFault IFH051 70 'the factory does not compile' 'mend what the compiler says above; the SDK must be the one of global.json or newer'
            }
            $name = '{0}-{1}' -f [DateTimeOffset]::UtcNow.ToUnixTimeSeconds(), $PID
            $null = [IO.Directory]::CreateDirectory((Join-Path $out 'host'))
            Copy-Item -Recurse -LiteralPath (Join-Path $out 'bin/ImageFactory.Build/release') -Destination (Join-Path $out 'host' $name)
            [IO.File]::WriteAllText($pathFile, $name)
            [IO.File]::WriteAllText($stamp, '')
            [IO.File]::SetLastWriteTimeUtc($stamp, $started)
            $program = Join-Path $out 'host' $name 'ImageFactory.Build.dll'
        }
    }
    finally { $lock.Dispose() }
}

& $dotnet $program @args
exit $LASTEXITCODE
