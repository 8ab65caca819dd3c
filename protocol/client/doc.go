// Package client makes the texts that an installed game needs to find a server: the public key file pub.key and the registry
// values. It only makes texts; putting them in place is the work of an installer.
package client
