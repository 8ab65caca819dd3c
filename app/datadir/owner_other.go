//go:build !unix

package datadir

// HandBack does nothing here: new files take the rights of their folder.
func (Dir) HandBack() error { return nil }

func inherit([]string) error { return nil }

// Odd finds nothing here: the rights of the folder hold for all that is in it.
func (Dir) Odd() ([]string, error) { return nil, nil }
