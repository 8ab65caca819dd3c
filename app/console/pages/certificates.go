package pages

import (
	"net/http"
	"strconv"

	"mcos/app/admin"
)

// certificateForms are the kinds of certificates that one click makes.
var certificateForms = map[string]admin.Rotation{
	"usual":  {Certificate: true, Bits: 1024, Signature: "sha256"},
	"old":    {Certificate: true, Bits: 1024, Signature: "sha1"},
	"strong": {Certificate: true, Bits: 2048, Signature: "sha256"},
}

// Form names the kind of the certificates in use, "" for a mixture that only the
// configuration makes.
func (d setupData) Form() string {
	for name, form := range certificateForms {
		if c := d.Keys.Certificates; len(c) > 0 && c[0].Bits == form.Bits && c[0].SHA1 == (form.Signature == "sha1") {
			return name
		}
	}
	return ""
}

// newCertificates makes certificates of another kind, and sets that later ones are of
// it as well.
func (v *visit) newCertificates() error {
	form, ok := certificateForms[v.form("form")]
	if !ok {
		return &problem{http.StatusBadRequest, "There is no such kind of certificate."}
	}
	if _, err := v.p.Admin.RotateKeys(v.r.Context(), form); err != nil {
		return v.result("/setup", err, "")
	}
	var err error
	if v.p.Settings != nil {
		err = v.p.Settings.ChangeSettings(map[string]string{"keys.key_bits": strconv.Itoa(form.Bits), "keys.signature": form.Signature})
	}
	if err != nil {
		v.log(err)
		return v.done("/setup", "There are new certificates. Every player has to connect the game to this server again. The settings keys.key_bits and keys.signature could not be saved; change them by hand for later ones.")
	}
	return v.done("/setup", "There are new certificates. Every player has to connect the game to this server again.")
}
