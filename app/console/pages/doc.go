// Package pages holds the operator's pages of the console: HTML made on the
// server, with one style sheet and one small script, all embedded. Nothing is
// loaded from anywhere else, and every page works without the script; with it
// the figures on a page stay fresh.
//
// # Getting in
//
// A browser gets in with the operator's password (mcos console passwd) or with a
// link that works once and for a short while, which whoever may read the token
// can have made (mcos console open, the tray). Both give it a cookie that no
// script and no other site can use, and that is for one folder of the server, whose
// name nobody else knows: see place.go. What it stands for is kept here, in memory,
// and ends by itself.
//
// # Changing something
//
// Whatever changes something is a form with POST. Its origin must be this server
// and it must carry the word that the session's pages hold. It answers with a
// redirection, and the next page says what came of it.
//
// # Adding a page
//
// Write a template into assets/console and a file with its handler here, and add
// a row to the table in routes.go; the table in nav.go puts it into the menu. Parts
// that should stay fresh are templates of their own, see live.go.
package pages
