// Package cipher holds the cryptography of the game's own connections: the session key that a client sends when it logs in, and
// the two stream ciphers that start from it.
//
//	login (0x0501)   RSA-OAEP with SHA-1, 1024 bits   carries the session key of 32 bytes     nps-login-persona 2.2
//	lobby and rooms  DES-CBC, key bytes 0 to 7        one running context per direction       nps-lobby-rooms 3.1
//	MCOTS            RC4, key bytes 0 to 15           one running context per direction       mcots-1 1.5
//	lobby login      MD5 of all 32 bytes              proves that both sides know the key     nps-lobby-rooms 4.3
//
// All of these have been obsolete for many years. DES and RC4 can be broken by a determined listener, and nothing here
// authenticates a message. They exist because the unchanged client of 2001 speaks nothing else: without them there is no game.
// Use this package for the game's listeners and for nothing more; whatever else needs protection, above all the
// operator's console, uses current cryptography.
package cipher
