// Package python finds interpreters of Python that have a module, for the programs that we are compared with and held to.
package python

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Interpreters are where Python is looked for, the first ones first: more, STHENO_PYTHON, the environment that bench/README.md says
// to make, below the repository's root, and the system's.
func Interpreters(root, more string) (paths []string) {
	for _, p := range []string{more, os.Getenv("STHENO_PYTHON"), filepath.Join(root, "bench/peers/venv/bin/python"), "/usr/bin/python3", "python3"} {
		if p != "" {
			paths = append(paths, p)
		}
	}
	return paths
}

const askVersions = `
import importlib, json, sys
have = {}
for m in sys.argv[1:]:
    try: have[m] = getattr(importlib.import_module(m), "__version__", "")
    except Exception: pass
print(json.dumps(have))`

// Versions asks an interpreter which of the modules it can import, and of which version they say they are; nil if there is no such interpreter.
func Versions(interpreter string, modules ...string) (versions map[string]string) {
	out, err := exec.Command(interpreter, append([]string{"-c", askVersions}, modules...)...).Output()
	if err != nil || json.Unmarshal(out, &versions) != nil {
		return nil
	}
	return versions
}

// With is the first interpreter that has all of the modules. Without one the error names what was looked at.
func With(root string, modules ...string) (interpreter string, err error) {
	paths := Interpreters(root, "")
	for _, p := range paths {
		if len(Versions(p, modules...)) == len(modules) {
			return p, nil
		}
	}
	return "", fmt.Errorf("no Python has %s: not %s; name one in STHENO_PYTHON", strings.Join(modules, " and "), strings.Join(paths, ", "))
}
