// Package trust is the one rule for which server certificates a player's computer may
// be told to trust (web-and-client 8.4). Whoever holds the private key of a trusted
// certificate can pretend to be every site that it names, so a game server's may name
// the server itself and what no other site could be, be good for nothing but a
// server, and sign nobody. The programs that change a player's computer keep to it,
// and the server keeps to it with what it makes and hands out. It only judges: how a
// certificate is fetched, shown and stored is the work of others.
package trust
