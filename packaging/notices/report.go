package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

const rule = "================================================================================"

// title is what people call a component.
func (c *component) title() string {
	if c.name == standardLibrary {
		return "The Go standard library and runtime " + c.version
	}
	return c.name + " " + c.version
}

// writeLicences writes one text with all licences.
func (all components) writeLicences(w io.Writer) error {
	var b strings.Builder
	b.WriteString("The programs of MCOS contain the following works of others, unchanged and under\nthe licences given here.\n\n")
	for _, c := range all {
		fmt.Fprintf(&b, "  %s (%s)\n", c.title(), c.licence)
	}
	for _, c := range all {
		for _, t := range c.texts {
			fmt.Fprintf(&b, "\n%s\n%s\n%s\n\n%s\n", rule, c.title()+": "+t.name, rule, t.body)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// bom is a CycloneDX document, as much of it as is used here.
type bom struct {
	Format     string     `json:"bomFormat"`
	Spec       string     `json:"specVersion"`
	Version    int        `json:"version"`
	Metadata   bomMeta    `json:"metadata"`
	Components []bomEntry `json:"components"`
}

type bomMeta struct {
	Component bomEntry `json:"component"`
}

type bomEntry struct {
	Type     string       `json:"type"`
	Ref      string       `json:"bom-ref"`
	Name     string       `json:"name"`
	Version  string       `json:"version"`
	Licences []bomLicence `json:"licenses"`
	PURL     string       `json:"purl,omitempty"`
}

type bomLicence struct {
	Expression string `json:"expression"`
}

// writeSBOM writes the list of components in the form of CycloneDX. It holds no date
// and no random number, so that it is the same for the same programs.
func (all components) writeSBOM(w io.Writer, version string) error {
	doc := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata: bomMeta{bomEntry{
			Type: "application", Ref: "mcos@" + version, Name: "mcos", Version: version,
			Licences: []bomLicence{{"AGPL-3.0-only"}},
		}},
		Components: make([]bomEntry, 0, len(all)),
	}
	for _, c := range all {
		purl := "pkg:golang/" + c.name + "@" + c.version
		doc.Components = append(doc.Components, bomEntry{
			Type: "library", Ref: purl, Name: c.name, Version: c.version, Licences: []bomLicence{{c.licence}}, PURL: purl,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
