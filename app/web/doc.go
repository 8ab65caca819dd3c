// Package web is the server's HTTP side: what the game fetches before and beside
// its own protocols (login check, shard list, patch check, news ticker, parts
// lists), the three files that a player's computer needs, and a few pages for
// people, among them the sign-up form ("web-and-client").
//
// All paths stand in one table, see routes. A handler gets an exchange, the
// request with its two addresses, and answers it once with a complete body, so
// that every answer carries its Content-Length. The same paths are served on the
// plain port and on the TLS port; only the login check tells them apart.
//
// Passwords travel in query strings here. Therefore nothing in this package logs
// a query, a form or a ticket, and the library's own log is filtered too.
package web
