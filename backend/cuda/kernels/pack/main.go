// Command pack keeps the PTX that compile.py has made. It is compile.py's own: that runs it.
//
//	pack FOLDER           packs the files *.ptx of the folder into the one above this
//	pack check FOLDER     says which of them differ from what is there
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend/cuda/kernels"
)

func main() {
	args := os.Args[1:]
	check := len(args) == 2 && args[0] == "check"
	if len(args) != 1 && !check {
		fmt.Fprintln(os.Stderr, "pack: name the folder that compile.py has made: pack [check] FOLDER")
		os.Exit(2)
	}
	stale, err := pack(args[len(args)-1], check)
	if err != nil {
		fmt.Fprintf(os.Stderr, "pack: %v\n", err)
		os.Exit(2)
	}
	if len(stale) > 0 {
		fmt.Fprintf(os.Stderr, "pack: %s: not what the sources give: run go generate ./backend/cuda/kernels\n", strings.Join(stale, ", "))
		os.Exit(1)
	}
}

// pack writes the modules of a folder, or names those that differ from what is there. A module without a file is taken away.
func pack(folder string, check bool) (stale []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.ptx"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no PTX", folder)
	}
	old := kernels.Modules()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		module := strings.TrimSuffix(filepath.Base(file), ".ptx")
		at := slices.Index(old, module)
		if at >= 0 {
			old = slices.Delete(old, at, at+1)
			if was, err := kernels.Source(module); err == nil && was == string(text) {
				continue
			}
		}
		if check {
			stale = append(stale, module)
			continue
		}
		packed, err := kernels.Pack(string(text))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(module+".ptx.zst", packed, 0o644); err != nil {
			return nil, err
		}
	}
	if check {
		return append(stale, old...), nil
	}
	for _, module := range old {
		if err := os.Remove(module + ".ptx.zst"); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
