package output

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sum is the SHA-256 of a file as hexadecimal digits.
type sum struct{ name, digits string }

// sums are those of the files of a set, in its order.
type sums []sum

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (s sums) has(name string) bool {
	return slices.ContainsFunc(s, func(file sum) bool { return file.name == name })
}

// text is the manifest, in the form that sha256sum -c reads. The run is named after all its files: equal runs have equal names.
func (s sums) text() []byte {
	var lines bytes.Buffer
	for _, file := range s {
		fmt.Fprintf(&lines, "%s  %s\n", file.digits, file.name)
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
		digits, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if ok && name == filepath.Base(name) && !strings.HasPrefix(line, "#") {
			s = append(s, sum{name, digits})
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
	for _, file := range s {
		path := filepath.Join(dir, file.name)
		content, err := os.ReadFile(path)
		if err == nil && sumOf(content) != file.digits {
			err = fmt.Errorf("%s: it is not of the run that %s names", path, Manifest(command))
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
