// Package console is the server's local interface: pages for the operator's browser,
// and a JSON API through which the command line, the tray and monitoring see and
// manage a running server. It uses none of the game's old cryptography and nothing of the game's
// listeners.
//
// Whoever is on the machine may ask whether the server lives and how it is.
// Everything else needs the token, a secret in the data folder that only the
// server's administrators can read, as `Authorization: Bearer TOKEN`. Requests
// whose Host is neither a name of this machine's loopback nor a configured one
// are refused: such a request comes from a web page that has had its name pointed
// here.
//
// A page of another site can change nothing: what it sends is refused by the
// headers that browsers add, whatever password the browser knows, and bodies need a
// type that such a page may not send without asking. Wrong passwords lock an address
// out for a minute; addresses other than this machine's may not ask too often.
//
// Browsers get pages, which have their own ways to let somebody in, see the
// package pages. No route of the API looks at a cookie, so no page anywhere can
// use it behind the operator's back.
//
// All routes of the API stand in one table, see routes.go; openapi.json describes
// them. Requests and answers are JSON in
// the forms of package admin; errors are {"error": "..."} with a fitting status.
package console
