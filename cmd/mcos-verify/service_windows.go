package main

import (
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// service notes how the service is set up, and what it does.
func (s snapshot) service() {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	name, _ := windows.UTF16PtrFromString("mcos")
	handle, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_CONFIG|windows.SERVICE_QUERY_STATUS|windows.READ_CONTROL)
	if err != nil {
		return
	}
	one := &mgr.Service{Name: "mcos", Handle: handle}
	defer one.Close()
	note := func(name, text string) { s[item{serviceFact, name}] = text }
	if status, err := one.Query(); err == nil {
		states := map[svc.State]string{svc.Stopped: "stopped", svc.StartPending: "starting", svc.StopPending: "stopping", svc.Running: "running"}
		note("state", states[status.State])
	}
	buf := make([]byte, 8<<10) // the most that the service manager ever tells
	needed := uint32(0)
	cfg := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf[0]))
	if windows.QueryServiceConfig(handle, cfg, uint32(len(buf)), &needed) == nil {
		start := map[uint32]string{mgr.StartAutomatic: "automatic", mgr.StartManual: "manual", mgr.StartDisabled: "disabled"}
		note("start", start[cfg.StartType])
		note("command", windows.UTF16PtrToString(cfg.BinaryPathName))
		note("account", windows.UTF16PtrToString(cfg.ServiceStartName))
	}
	if b := query(handle, windows.SERVICE_CONFIG_SERVICE_SID_INFO); b != nil {
		kinds := map[uint32]string{windows.SERVICE_SID_TYPE_NONE: "none", windows.SERVICE_SID_TYPE_UNRESTRICTED: "unrestricted", windows.SERVICE_SID_TYPE_RESTRICTED: "restricted"}
		note("identity", kinds[*(*uint32)(unsafe.Pointer(&b[0]))])
	}
	if b := query(handle, windows.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO); b != nil {
		if list := *(**uint16)(unsafe.Pointer(&b[0])); list != nil {
			note("privileges", windows.UTF16PtrToString(list)) // the first of a list that should have one
		}
	}
	if actions, err := one.RecoveryActions(); err == nil {
		kinds := map[int]string{mgr.NoAction: "nothing", mgr.ServiceRestart: "restart", mgr.ComputerReboot: "reboot", mgr.RunCommand: "command"}
		var list []string
		for _, a := range actions {
			list = append(list, kinds[a.Type])
		}
		note("after failures", strings.Join(list, ", "))
	}
	if sd, err := windows.GetSecurityInfo(handle, windows.SE_SERVICE, windows.DACL_SECURITY_INFORMATION); err == nil {
		note("rights", fmt.Sprint(sd))
	}
}

// query asks for a part of the configuration; nil when there is no answer.
func query(handle windows.Handle, level uint32) []byte {
	buf := make([]byte, 8<<10)
	needed := uint32(0)
	if windows.QueryServiceConfig2(handle, level, &buf[0], uint32(len(buf)), &needed) != nil {
		return nil
	}
	return buf
}
