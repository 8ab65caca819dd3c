package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNotices(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "mcos/cmd/mcos-bot").CombinedOutput()
	require.NoError(t, err, string(out))
	licences, sbom := filepath.Join(dir, "licences"), filepath.Join(dir, "sbom")
	require.NoError(t, run([]string{"-version", "1.2.3", "-licences", licences, "-sbom", sbom, program, program}))

	text, err := os.ReadFile(licences)
	require.NoError(t, err)
	list, _, _ := strings.Cut(string(text), rule)
	assert.Contains(t, list, "The Go standard library")
	assert.Equal(t, 1, strings.Count(list, "github.com/spf13/cobra "), "once, although two programs have it")
	assert.Contains(t, string(text), "Alex Ogier", "the text of the licence")

	var doc bom
	raw, err := os.ReadFile(sbom)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &doc))
	assert.Equal(t, "1.2.3", doc.Metadata.Component.Version)
	found := map[string]string{}
	for _, c := range doc.Components {
		assert.Equal(t, "pkg:golang/"+c.Name+"@"+c.Version, c.PURL)
		require.Len(t, c.Licences, 1)
		found[c.Name] = c.Licences[0].Expression
	}
	assert.Equal(t, "Apache-2.0", found["github.com/spf13/cobra"])
	assert.Equal(t, "BSD-3-Clause", found[standardLibrary])
}

func TestNotAProgram(t *testing.T) {
	assert.ErrorContains(t, run([]string{"main_test.go"}), "main_test.go")
	assert.ErrorContains(t, run(nil), "name the programs")
}

func TestIdentify(t *testing.T) {
	for text, want := range map[string][]string{
		"Apache License\n  Version 2.0, January 2004":                                              {"Apache-2.0"},
		"Mozilla Public License, version 2.0":                                                      {"MPL-2.0"},
		"Permission is hereby\ngranted, free of charge, to":                                        {"MIT"},
		"Permission is hereby granted, free of charge. Files of ours: Apache License, Version 2.0": {"Apache-2.0", "MIT"},
		"Redistribution and use in source and binary forms":                                        {"BSD-2-Clause"},
		"Redistribution and use in source and binary forms. Neither the name of":                   {"BSD-3-Clause"},
		"This product contains code of somebody":                                                   nil,
	} {
		assert.Equal(t, want, identify(text), text)
	}
}

func TestIsLicence(t *testing.T) {
	for name, want := range map[string]bool{
		"LICENSE": true, "Licence.txt": true, "COPYING": true, "NOTICE": true, "LICENSE-MIT": true,
		"license.go": false, "README": false, "notice_test.go": false,
	} {
		assert.Equal(t, want, isLicence(name), name)
	}
}

// A module without a licence stops the build of a package.
func TestNoLicence(t *testing.T) {
	found, err := licenceFiles(t.TempDir(), false)
	require.NoError(t, err)
	assert.Empty(t, found)
}
