package web

import "crypto/tls"

// modernSuites are what Windows 7 to 11 and Wine use.
var modernSuites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// ancientSuites are the only ones that Windows XP and this library share.
var ancientSuites = []uint16{
	tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	tls.TLS_RSA_WITH_RC4_128_SHA,
}

// TLSConfig is the configuration of the login port, and of no other: its protocol
// versions and ciphers are those of the players' Windows (web-and-client 8).
// minimum is "1.0" or "1.2"; with "1.2" the ciphers of Windows XP are off too. The
// library prefers the strongest cipher that both sides have, whatever the order
// here.
func TLSConfig(minimum string, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		MaxVersion:     tls.VersionTLS13,
		CipherSuites:   modernSuites,
		GetCertificate: certificate,
	}
	if minimum == "1.0" {
		c.MinVersion = tls.VersionTLS10
		c.CipherSuites = append(append([]uint16{}, modernSuites...), ancientSuites...)
	}
	return c
}
