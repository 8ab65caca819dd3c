// Package announce answers the question of computers on the local network for
// servers of this game, by DNS-SD over multicast DNS (RFC 6763, RFC 6762), so that
// a friend in the same house joins without typing an address.
//
// There is one responder for each network interface, because a responder can tell
// only one set of addresses, and responders are made again when the addresses
// change: a laptop moves, a cable is plugged in. Nothing here is needed for playing:
// what fails is logged once and tried again quietly.
package announce
