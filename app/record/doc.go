// Package record keeps what travels between clients and server: in files, one for
// each recording, and live for whoever subscribes.
//
// A Recorder is the observer of package gateway and of package web. While nobody
// records or subscribes it costs one atomic read for each message. Otherwise each
// message is copied into a bounded queue, from which one goroutine masks, writes and
// hands it on. A full queue drops messages and counts them: the game goes first.
//
// What is secret is declared with the messages (the tag secret of package wire) and
// by the web service; it is overwritten before anything leaves this package, unless a
// recording is started with Order.WithSecrets. Unknown messages are overwritten as a
// whole when they come before a login, or when their number means something secret on
// another port.
package record
