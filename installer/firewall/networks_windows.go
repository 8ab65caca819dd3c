package firewall

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"mcos/protocol/plain"
)

// Windows tells about networks through COM ("Network List Manager"). Only four calls
// are needed, so they are made by their places in the interfaces' tables.
var (
	ole32          = windows.NewLazySystemDLL("ole32.dll")
	createInstance = ole32.NewProc("CoCreateInstance")

	oleaut32   = windows.NewLazySystemDLL("oleaut32.dll")
	freeString = oleaut32.NewProc("SysFreeString")

	classManager     = windows.GUID{Data1: 0xDCB00C01, Data2: 0x570F, Data3: 0x4A9B, Data4: [8]byte{0x8D, 0x69, 0x19, 0x9F, 0xDB, 0xA5, 0x72, 0x3B}}
	interfaceManager = windows.GUID{Data1: 0xDCB00000, Data2: 0x570F, Data3: 0x4A9B, Data4: [8]byte{0x8D, 0x69, 0x19, 0x9F, 0xDB, 0xA5, 0x72, 0x3B}}
)

// Places of methods in the tables of INetworkListManager, IEnumNetworks and INetwork,
// and values of their parameters.
const (
	release     = 2
	getNetworks = 7
	next        = 8
	getName     = 7
	getCategory = 18
	setCategory = 19

	connected       = 1 // NLM_ENUM_NETWORK_CONNECTED
	categoryPublic  = 0
	categoryPrivate = 1
	allContexts     = 0x17 // CLSCTX_ALL
	sOK             = 0
)

// object is a COM object: a pointer to the table of its methods.
type object struct{ methods *[32]uintptr }

// call calls a method and makes an error of what it returns.
func (o *object) call(method int, args ...uintptr) (result uintptr, err error) {
	result, _, _ = syscall.SyscallN(o.methods[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	if int32(result) < 0 {
		return result, windows.Errno(uint32(result))
	}
	return result, nil
}

func (o *object) free() { _, _ = o.call(release) }

// eachNetwork shows every connected network to f until that fails.
func eachNetwork(f func(name string, network *object) error) error {
	runtime.LockOSThread() // COM counts by thread
	defer runtime.UnlockOSThread()
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED); err == nil || errors.Is(err, syscall.Errno(1)) {
		defer windows.CoUninitialize()
	}
	var manager, list *object
	if r, _, _ := createInstance.Call(uintptr(unsafe.Pointer(&classManager)), 0, allContexts,
		uintptr(unsafe.Pointer(&interfaceManager)), uintptr(unsafe.Pointer(&manager))); int32(r) < 0 {
		return fmt.Errorf("the list of networks: %w", windows.Errno(uint32(r)))
	}
	defer manager.free()
	if _, err := manager.call(getNetworks, connected, uintptr(unsafe.Pointer(&list))); err != nil {
		return fmt.Errorf("the list of networks: %w", err)
	}
	defer list.free()
	for {
		var network *object
		fetched := uint32(0)
		result, err := list.call(next, 1, uintptr(unsafe.Pointer(&network)), uintptr(unsafe.Pointer(&fetched)))
		if err != nil || result != sOK || network == nil {
			return err
		}
		err = withName(network, f)
		network.free()
		if err != nil {
			return err
		}
	}
}

func withName(network *object, f func(string, *object) error) error {
	var name *uint16
	if _, err := network.call(getName, uintptr(unsafe.Pointer(&name))); err != nil {
		return err
	}
	defer freeString.Call(uintptr(unsafe.Pointer(name))) //nolint:errcheck // it returns nothing
	// The name of a wireless network is chosen by a stranger.
	return f(plain.Line(windows.UTF16PtrToString(name), plain.Long), network)
}

func isPublic(network *object) (bool, error) {
	category := int32(0)
	_, err := network.call(getCategory, uintptr(unsafe.Pointer(&category)))
	return category == categoryPublic, err
}

// Networks are those that this computer is connected to.
func Networks() ([]Network, error) {
	var all []Network
	err := eachNetwork(func(name string, network *object) error {
		public, err := isPublic(network)
		all = append(all, Network{Name: name, Public: public})
		return err
	})
	return all, err
}

// MakePrivate tells Windows that the computers of the public networks with a name can
// be trusted; it takes an administrator. It returns how many networks were changed.
func MakePrivate(name string) (changed int, err error) {
	err = eachNetwork(func(found string, network *object) error {
		public, err := isPublic(network)
		if err != nil || !public || found != name {
			return err
		}
		if _, err := network.call(setCategory, categoryPrivate); err != nil {
			return fmt.Errorf("the network %q stays public: %w", name, err)
		}
		changed++
		return nil
	})
	return changed, err
}

// Look tells how networks and openings are.
func Look(ctx context.Context, program string) (State, error) {
	wall, err := New()
	if err != nil {
		return State{}, err
	}
	networks, err := Networks()
	return State{Rules: wall.Has(ctx, Rules(program)), Networks: networks}, err
}
