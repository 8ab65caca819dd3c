@echo off
setlocal
rem Leads an installed Motor City Online to the server @HOST@, and back.
rem For Windows XP to 8.1. On Windows 10 and later use the program "mcos" instead.
rem   setup.bat                  asks what to do
rem   setup.bat setup [FOLDER]   leads the game in FOLDER to the server
rem   setup.bat undo             puts everything back as it was
rem Everything that is changed is written down in %SystemRoot%\MCOS-Setup first.

set "SYS=%SystemRoot%\System32"
set "REG=%SYS%\reg.exe"
set "FIND=%SYS%\find.exe"
set "BAK=%SystemRoot%\MCOS-Setup"
set "THUMB=@THUMB@"
set "ROOTS=HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"
set "INET=HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
set "GAME="
set "BAD="
set "W64="
if not "%ProgramFiles(x86)%"=="" set "W64=1"
set "WIN=10"
ver >"%TEMP%\mcos-ver.txt"
"%FIND%" " 5." "%TEMP%\mcos-ver.txt" >nul
if not errorlevel 1 set "WIN=5"
"%FIND%" " 6.0." "%TEMP%\mcos-ver.txt" >nul
if not errorlevel 1 set "WIN=6"
"%FIND%" " 6.1." "%TEMP%\mcos-ver.txt" >nul
if not errorlevel 1 set "WIN=7"
"%FIND%" " 6.2." "%TEMP%\mcos-ver.txt" >nul
if not errorlevel 1 set "WIN=8"
"%FIND%" " 6.3." "%TEMP%\mcos-ver.txt" >nul
if not errorlevel 1 set "WIN=8"
del "%TEMP%\mcos-ver.txt"

if /i "%~1"=="undo" goto undo
if /i "%~1"=="setup" goto setup
set "ASK=1"
echo.
echo  Motor City Online: server @HOST@
echo.
echo  1  Lead the game on this computer to this server
echo  2  Undo: put everything back as it was before
echo.
set "CHOICE="
set /p "CHOICE= Type 1 or 2 and press Enter: "
if "%CHOICE%"=="1" goto setup
if "%CHOICE%"=="2" goto undo
echo Nothing was changed.
goto end

:setup
md "%BAK%" 2>nul
>"%BAK%\test.txt" echo test
if not exist "%BAK%\test.txt" goto rights
del "%BAK%\test.txt"

rem Where is the game?
if not "%~2"=="" call :try "%~2"
call :try "%~dp0."
call :registered "HKLM\SOFTWARE\Electronic Arts\Motor City\1.0" InstallDir
call :registered "HKLM\SOFTWARE\WOW6432Node\Electronic Arts\Motor City\1.0" InstallDir
call :registered "HKLM\SOFTWARE\Electronic Arts\Motor City" InstallDir
call :registered "HKLM\SOFTWARE\WOW6432Node\Electronic Arts\Motor City" InstallDir
call :try "%ProgramFiles%\EA GAMES\Motor City Online"
call :try "%ProgramFiles(x86)%\EA GAMES\Motor City Online"
call :try "%ProgramFiles%\Electronic Arts\Motor City Online"
call :try "%ProgramFiles(x86)%\Electronic Arts\Motor City Online"
call :try "%SystemDrive%\Games\Motor City Online"
call :try "%SystemDrive%\Games\MCO"
if not "%GAME%"=="" goto found
if not defined ASK goto nogame
echo The game was not found in the usual folders.
set "ANSWER="
set /p "ANSWER=Type the folder with MCity.exe: "
if not "%ANSWER%"=="" call :try "%ANSWER%"
if "%GAME%"=="" goto nogame
:found
echo Game: "%GAME%"
echo.
echo This computer will trust the certificate of the server @HOST@:
echo.
@SAYS@
echo.
echo Compare the fingerprints with those that the person who runs the server tells
echo you, by another way than this server's page. There: mcos keys show
echo.
set "YES="
set /p "YES= Type yes to connect to this server and trust it: "
if /i not "%YES%"=="yes" goto declined
if not exist "%BAK%\game.txt" goto backup
set "OLD="
for /f "usebackq delims=" %%g in ("%BAK%\game.txt") do set "OLD=%%~g"
if /i "%OLD%"=="%GAME%" goto change
echo This computer is already set up for the game in "%OLD%".
echo Run "setup.bat undo" first. Nothing was changed.
goto fail

rem 1. Write down how everything is. game.txt comes last: then it is complete.
:backup
if exist "%BAK%\restore.bat" del "%BAK%\restore.bat"
if exist "%BAK%\newkeys.txt" del "%BAK%\newkeys.txt"
>"%BAK%\restore.bat" echo @rem The settings before setup.bat
@SAVES@
call :savetls
dir /a:r-d /s /b "%GAME%" >"%BAK%\readonly.txt" 2>nul
if exist "%GAME%\pub.key" copy /y "%GAME%\pub.key" "%BAK%\pub.key" >nul
if exist "%GAME%\pub.key" if not exist "%BAK%\pub.key" goto rights
>"%BAK%\game.txt" echo "%GAME%"
if not exist "%BAK%\game.txt" goto rights

rem 2. Change it.
:change
@PUTS@
"%SYS%\attrib.exe" -r "%GAME%\*.*" /s
if exist "%GAME%\SaveData\togglewindowtest.txt" move /y "%GAME%\SaveData\togglewindowtest.txt" "%BAK%\toggle.txt" >nul
<nul >"%GAME%\pub.key" set /p "=@PUBKEY@"
for %%f in ("%GAME%\pub.key") do if not "%%~zf"=="@KEYSIZE@" set "BAD=1"
if not exist "%GAME%\pub.key" set "BAD=1"
set "STORE=%LOCALAPPDATA%\VirtualStore%GAME:~2%"
if not "%LOCALAPPDATA%"=="" if exist "%STORE%\pub.key" move /y "%STORE%\pub.key" "%BAK%\virtual.key" >nul
call :tls
call :trust
call :directplay
if defined BAD goto incomplete
echo.
echo Done: the game is led to @HOST@.
echo To put everything back: setup.bat undo
echo.
echo What this script cannot do for you:
echo  - Install the game's last update, 1.0.151, if it is missing.
echo  - Install Microsoft's DAO 3.51 / Jet 3.5, if the game does not start:
echo    the setup on the game's disc does that, as administrator.
echo  - Run 3dSetup\3DSetup.exe in the game's folder once, as administrator.
if "%WIN%"=="5" echo  - With Internet Explorer 6, look into Internet Options, Advanced:
if "%WIN%"=="5" echo    "Use TLS 1.0" must be on and "Use SSL 2.0" must be off.
if "%WIN%"=="10" echo  - On this Windows the program "mcos" can do all of this better.
goto end

:incomplete
echo.
echo Something could not be changed; see above. If you are an administrator, quit
echo the game and try again, or put everything back: setup.bat undo
goto fail

:undo
if not exist "%BAK%\game.txt" goto nothing
>"%BAK%\test.txt" echo test
if not exist "%BAK%\test.txt" goto rights
del "%BAK%\test.txt"
for /f "usebackq delims=" %%g in ("%BAK%\game.txt") do set "GAME=%%~g"
@DELETES@
if exist "%BAK%\tls-new.txt" "%REG%" delete "%INET%" /v SecureProtocols /f >nul 2>nul
call "%BAK%\restore.bat" >nul
if exist "%BAK%\newkeys.txt" for /f "usebackq delims=" %%k in ("%BAK%\newkeys.txt") do call :dropkey "%%k"
if exist "%BAK%\certs.txt" for /f "usebackq delims=" %%c in ("%BAK%\certs.txt") do call :distrust %%c
if exist "%BAK%\directplay.txt" "%SYS%\dism.exe" /online /disable-feature /featurename:DirectPlay /norestart >nul
if not exist "%GAME%\MCity*.exe" goto undone
if exist "%BAK%\pub.key" call :putback "%BAK%\pub.key" "%GAME%\pub.key"
if not exist "%BAK%\pub.key" if exist "%GAME%\pub.key" del "%GAME%\pub.key"
if exist "%BAK%\toggle.txt" call :putback "%BAK%\toggle.txt" "%GAME%\SaveData\togglewindowtest.txt"
if exist "%BAK%\virtual.key" call :putback "%BAK%\virtual.key" "%LOCALAPPDATA%\VirtualStore%GAME:~2%\pub.key"
for /f "usebackq delims=" %%f in ("%BAK%\readonly.txt") do if exist "%%f" "%SYS%\attrib.exe" +r "%%f"
:undone
if defined BAD goto incomplete
del /f /q "%BAK%\*.*"
rd "%BAK%"
echo Everything is as it was before setup.bat.
goto end

:nothing
echo setup.bat has changed nothing on this computer.
goto end

:rights
echo.
echo This needs the rights of an administrator. Windows XP: log in as one. Later:
echo click the file with the right button and choose "Run as administrator".
echo Nothing was changed.
goto fail

:declined
if exist "%BAK%\game.txt" goto kept
if exist "%BAK%\query.txt" del "%BAK%\query.txt"
rd "%BAK%" 2>nul
:kept
echo Nothing was changed.
goto end

:nogame
echo There is no MCity.exe in the usual folders. Put this file into the folder that
echo the game is installed in and start it there, or: setup.bat setup "C:\folder"
echo Nothing was changed.
goto fail

:fail
if defined ASK pause
exit /b 1

:end
if defined ASK pause
exit /b 0

rem try FOLDER: take it when it holds the game.
:try
if not "%GAME%"=="" goto :eof
if "%~1"=="" goto :eof
if exist "%~1\MCity.exe" set "GAME=%~f1"
if exist "%~1\MCity_d.exe" set "GAME=%~f1"
if exist "%~1\MCityD.exe" set "GAME=%~f1"
goto :eof

rem registered KEY NAME: try the folder in this value.
:registered
if not "%GAME%"=="" goto :eof
"%REG%" query %1 /v %2 >"%BAK%\query.txt" 2>nul
if errorlevel 1 goto :eof
for /f "usebackq tokens=1,2*" %%a in ("%BAK%\query.txt") do if "%%b"=="REG_SZ" call :try "%%c"
goto :eof

rem key KEY: note when it is not there yet.
:key
"%REG%" query %1 >nul 2>nul
if errorlevel 1 >>"%BAK%\newkeys.txt" echo %~1
goto :eof

rem save KEY NAME: write down a value, as the command that sets it again.
:save
"%REG%" query %1 /v %2 >"%BAK%\query.txt" 2>nul
if errorlevel 1 goto :eof
for /f "usebackq tokens=1,2*" %%a in ("%BAK%\query.txt") do (
if "%%b"=="REG_SZ" >>"%BAK%\restore.bat" echo "%REG%" add %1 /v %2 /t %%b /d "%%c" /f
if "%%b"=="REG_DWORD" >>"%BAK%\restore.bat" echo "%REG%" add %1 /v %2 /t %%b /d %%c /f
)
>>"%BAK%\restore.bat" echo if errorlevel 1 set "BAD=1"
goto :eof

rem put KEY NAME TYPE DATA
:put
"%REG%" add %1 /v %2 /t %3 /d %4 /f >nul
if errorlevel 1 set "BAD=1"
goto :eof

rem putback FILE FILE
:putback
if exist %2 "%SYS%\attrib.exe" -r %2
copy /y %1 %2 >nul
if errorlevel 1 set "BAD=1"
goto :eof

rem dropkey KEY: remove a key that has no values in it or below it.
:dropkey
"%REG%" query %1 /s >"%BAK%\query.txt" 2>nul
if errorlevel 1 goto :eof
"%FIND%" "REG_" "%BAK%\query.txt" >nul
if errorlevel 1 "%REG%" delete %1 /f >nul 2>nul
goto :eof

rem The versions of TLS that Windows offers to servers: 8 is SSL 2.0, which no server
rem here speaks and which keeps XP from the right greeting; 128, 512 and 2048 are
rem TLS 1.0 to 1.2.
:savetls
call :save "%INET%" SecureProtocols
"%REG%" query "%INET%" /v SecureProtocols >nul 2>nul
if errorlevel 1 >"%BAK%\tls-new.txt" echo new
goto :eof

:tls
set "NOW="
"%REG%" query "%INET%" /v SecureProtocols >"%BAK%\query.txt" 2>nul
if not errorlevel 1 for /f "usebackq tokens=1,2*" %%a in ("%BAK%\query.txt") do if "%%b"=="REG_DWORD" set "NOW=%%c"
if "%WIN%"=="10" if "%NOW%"=="" goto :eof
if "%NOW%"=="" set "NOW=160"
set "ADD=128"
if "%WIN%"=="7" set "ADD=2688"
if "%WIN%"=="8" set "ADD=2688"
if "%WIN%"=="10" set "ADD=2048"
set /a NEW=NOW
set /a "NEW=(NEW | ADD | 8) - 8"
call :put "%INET%" SecureProtocols REG_DWORD %NEW%
goto :eof

rem The certificate of the server is written to where Windows keeps those that the
rem computer trusts, with the limit to servers that no other way can set on Windows XP.
:trust
if exist "%BAK%\certs.txt" for /f "usebackq delims=" %%c in ("%BAK%\certs.txt") do if not "%%c"=="%THUMB%" call :distrust %%c
"%REG%" query "%ROOTS%\%THUMB%" >nul 2>nul
if not errorlevel 1 goto :eof
>"%BAK%\certs.txt" echo %THUMB%
@CERT@
"%REG%" add "%ROOTS%\%THUMB%" /v Blob /t REG_BINARY /d @BLOB@ /f >nul
if errorlevel 1 set "BAD=1"
if not "%WIN%"=="5" goto :eof
echo The certificate was written to the registry. If the login fails, import it by hand:
echo Start, Run, mmc; add the snap-in Certificates for the computer account; import
echo "%BAK%\server.crt"
echo into Trusted Root Certification Authorities.
goto :eof

:distrust
if exist "%SYS%\certutil.exe" "%SYS%\certutil.exe" -delstore Root %1 >nul 2>nul
"%REG%" query "%ROOTS%\%1" >nul 2>nul
if not errorlevel 1 "%REG%" delete "%ROOTS%\%1" /f >nul
goto :eof

:directplay
if not "%WIN%"=="8" if not "%WIN%"=="10" goto :eof
if not exist "%SYS%\dism.exe" goto :eof
"%SYS%\dism.exe" /online /english /get-featureinfo /featurename:DirectPlay >"%BAK%\query.txt" 2>nul
if errorlevel 1 goto :eof
"%FIND%" "State : Enabled" "%BAK%\query.txt" >nul
if not errorlevel 1 goto :eof
>"%BAK%\directplay.txt" echo off
"%SYS%\dism.exe" /online /enable-feature /featurename:DirectPlay /all /norestart >nul
if errorlevel 1 echo DirectPlay could not be switched on; do it under "Windows features".
goto :eof
