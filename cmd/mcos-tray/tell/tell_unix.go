//go:build unix

package tell

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// within is how long the desktop may take to answer.
const within = 3 * time.Second

// The notification service of the desktop (Desktop Notifications Specification).
const (
	service = "org.freedesktop.Notifications"
	path    = "/org/freedesktop/Notifications"
	icon    = "mcos" // as the packages install it
	byRule  = int32(-1)
)

func show(title, text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: %w", errNowhere, err)
	}
	defer bus.Close()
	desk := bus.Object(service, path)
	var can []string
	if err := desk.CallWithContext(ctx, service+".GetCapabilities", 0).Store(&can); err != nil {
		return fmt.Errorf("%w: %w", errNowhere, err)
	}
	if slices.Contains(can, "body-markup") {
		text = escape(text)
	}
	return desk.CallWithContext(ctx, service+".Notify", 0,
		title, uint32(0), icon, title, text, []string{}, map[string]dbus.Variant{}, byRule).Err
}

// escape is a text for a desktop that takes a part of HTML for more than text.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
