package output

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sums are the SHA-256 of the files of a set, by name, as hexadecimal digits.
type sums map[string]string

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// text is the manifest, in the form that sha256sum -c reads. The run is named after all its files: equal runs have equal names.
func (s sums) text() []byte {
	var lines bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&lines, "%s  %s\n", s[name], name)
	}
	return append([]byte("# run "+sumOf(lines.Bytes())[:16]+"\n"), lines.Bytes()...)
}

// readSums reads a manifest. There is none where nothing has been written yet.
func readSums(path string) (sums, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := sums{}
	for line := range strings.Lines(string(content)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if ok && name == filepath.Base(name) && !strings.HasPrefix(line, "#") {
			s[name] = sum
		}
	}
	if !bytes.Equal(content, s.text()) {
		return nil, fmt.Errorf("%s: it is damaged", path)
	}
	return s, nil
}

// Verify reports whether the files of a command in a folder are all of one run, and as it has written them: those that its manifest
// names.
func Verify(dir, command string) error {
	s, err := readSums(filepath.Join(dir, Manifest(command)))
	if err != nil {
		return err
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil && sumOf(content) != s[name] {
			err = fmt.Errorf("%s: it is not of the run that %s names", filepath.Join(dir, name), Manifest(command))
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
