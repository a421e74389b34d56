package stheno

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// phrases are words of the licences' texts, which are in the modules' files.
var phrases = map[string]string{
	"MIT":          "Permission is hereby granted, free of charge",
	"BSD-2-Clause": "Redistributions of source code must retain",
	"BSD-3-Clause": "Neither the name",
	"Apache-2.0":   "Apache License",
	"OFL-1.1":      "SIL OPEN FONT LICENSE Version 1.1",
	"CC-BY-4.0":    "Creative Commons Attribution 4.0 International",
	"FTL":          "FreeType License",
}

// TestNoticeNamesModules: NOTICE has each module that a command carries, with any tag, and no other, and names its licences.
func TestNoticeNamesModules(t *testing.T) {
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^    (\S+) +(.*)$`).FindAllStringSubmatch(string(notice), -1) {
		named[row[1]] = row[2]
	}
	carried := map[string]bool{}
	for _, tags := range []string{"", "openblas,cuda"} {
		out, err := exec.Command("go", "list", "-deps", "-tags", tags, "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./cmd/...").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			module, dir, _ := strings.Cut(line, "\t")
			if module != "" && !carried[module] {
				carried[module] = true
				checkLicence(t, module, named[module], dir)
			}
		}
	}
	for module := range named {
		if !carried[module] {
			t.Errorf("NOTICE names %s, which no command carries", module)
		}
	}
	if len(carried) < 20 {
		t.Errorf("only %d modules were found", len(carried))
	}
}

// checkLicence holds what NOTICE says of a module to its files.
func checkLicence(t *testing.T, module, named, dir string) {
	t.Helper()
	if named == "" {
		t.Errorf("NOTICE does not name %s: add its licence", module)
	}
	var text strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		if name := strings.ToUpper(filepath.Base(file)); strings.HasPrefix(name, "LICEN") {
			content, _ := os.ReadFile(file) // a folder has none
			text.Write(content)
		}
	}
	has := strings.Join(strings.Fields(text.String()), " ")
	known := 0
	for _, licence := range regexp.MustCompile(`[\w.-]+`).FindAllString(named, -1) {
		phrase, ok := phrases[licence]
		if !ok {
			continue
		}
		known++
		if !strings.Contains(strings.ToLower(has), strings.ToLower(phrase)) {
			t.Errorf("NOTICE says %s of %s, whose licence does not have %q", named, module, phrase)
		}
	}
	if known == 0 {
		t.Errorf("NOTICE says %q of %s: none of the licences that are known here", named, module)
	}
}
