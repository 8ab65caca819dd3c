// Package gateway owns the game's TCP connections. It cuts the byte stream into
// frames, runs the ciphers, decodes each frame into the struct its number
// declares, checks that the connection's state allows the message, and hands it to
// the handler in the service's table. Replies and notices go back through a
// bounded queue.
//
// A service is a table of rows, one per message:
//
//	func (s *Service) Rows() []gateway.Row {
//		return []gateway.Row{
//			gateway.On(nps.UserLogin, gateway.Connected, s.login),
//			gateway.Ignore(nps.SendEmail, gateway.Connected),
//		}
//	}
//
//	func (s *Service) login(c *gateway.Call, req *nps.UserLoginBody) error
//
// A handler never sees a socket, a cipher or a byte slice. It answers with
// c.Reply, tells others with (*Conn).Push, and returns an error when the request
// is refused; what the client then gets is the port's Refuse policy.
//
// Each connection has one goroutine that reads and handles, in order, and one that
// writes. A client that does not read is dropped when its queue is full; it never
// slows the others.
package gateway
