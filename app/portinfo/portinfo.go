// Package portinfo tells about TCP ports of this machine what the net package
// does not: who holds a port, and how a program gets the right to bind a low one.
package portinfo
