// Package bot plays Motor City Online without a screen: it speaks to a server exactly as the original client does, message by
// message and in the recorded order, and returns what the server answers as decoded structs.
//
// A Client is one player. Its methods are the steps of a session, each of which may be called on its own:
//
//	c := bot.New(bot.Target{Host: "127.0.0.1"}, bot.Options{})
//	defer c.Close()
//	c.Auth, c.Shards, c.UseShard                        web (web-and-client 2 and 3)
//	c.Login, c.Personas, c.CreatePersona, c.Select …    8226, 8228, 8227 (nps-login-persona)
//	c.Lobby, c.EnterRoom                                7003, 9001 and up (nps-lobby-rooms)
//	c.Transactions                                      43300 (mcots-1)
//
// Play runs a whole session from sign-up to logout, as the README of the protocol reference tells it in section 3.
//
// Evening has many players race each other and checks every piece of data that they exchange, every dollar and every part.
// Residents are players who stay in a server's lobby for lone players to meet.
//
// Every step is bounded by its context and by Options.Timeout, and fails with an *Error that names the step, the connection,
// what was expected and what came instead. Passwords, tickets and keys stand in no error and in nothing that this package
// prints.
//
// The package imports the protocol packages only, so that whatever it proves about a server does not rest on the server's own
// code.
package bot
