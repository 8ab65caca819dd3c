package client

// LoginPortHeader is the name of the HTTP header in which a server's plain web pages
// say on which TCP port it has its secure ones. A game knows 443 only; this is for
// servers that have not got that port (yet). Nothing depends on its truth: who answers
// there must prove to hold the key of the certificate that the player looks at.
const LoginPortHeader = "Mcos-Login-Port"

// LoginPort is the TCP port of the secure web pages that is built into the game
// (web-and-client section 1).
const LoginPort = 443
