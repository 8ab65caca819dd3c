package assets

import _ "embed"

//go:embed service/mcos.service
var systemdUnit string

//go:embed service/sysusers.conf
var sysusers string

//go:embed service/polkit.rules
var polkitRules string

// SystemdUnit returns the unit of the service, as the packages install it.
func SystemdUnit() string { return systemdUnit }

// Sysusers returns the declaration of the service's user for systemd-sysusers.
func Sysusers() string { return sysusers }

// PolkitRules returns the rules that let the user at the screen start and stop the
// service.
func PolkitRules() string { return polkitRules }
