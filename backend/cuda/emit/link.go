package emit

import (
	"regexp"
	"strings"
)

// Header begins PTX that stands alone; the version and the target are those of the kernels' files.
const Header = ".version 8.0\n.target sm_70\n.address_size 64\n"

var (
	definition = regexp.MustCompile(`\.func\s+(?:\([^)]*\)\s*)?([\w$]+)|\.(?:global|shared|const)\s[^;{]*?\.[bsuf]\d+\s+([\w$]+)`)
	identifier = regexp.MustCompile(`[A-Za-z_$][\w$]*`)
)

// Link gives a module of the source and those parts of the library, the PTX of kernels/functions.cu, that it needs: the
// driver compiles what it gets, and most programs call few functions.
func Link(library, source string, calls []string) string {
	parts := topLevel(library)
	definedIn := map[string][]int{} // a function may be declared before it is defined
	for i, p := range parts {
		if m := definition.FindStringSubmatch(p); m != nil {
			name := m[1] + m[2]
			definedIn[name] = append(definedIn[name], i)
		}
	}
	needed := make([]bool, len(parts))
	for open := calls; len(open) > 0; {
		name := open[0]
		open = open[1:]
		for _, i := range definedIn[name] {
			if !needed[i] {
				needed[i] = true
				open = append(open, identifier.FindAllString(parts[i], -1)...)
			}
		}
	}
	var b strings.Builder
	b.WriteString(Header)
	for i, p := range parts {
		if needed[i] {
			b.WriteString(p)
		}
	}
	b.WriteString(source)
	return b.String()
}

// topLevel cuts PTX into declarations and definitions; comments and the header belong to none.
func topLevel(ptx string) []string {
	var parts []string
	var part strings.Builder
	depth := 0
	for line := range strings.Lines(ptx) {
		bare := strings.TrimSpace(line)
		if depth == 0 && part.Len() == 0 && (bare == "" || strings.HasPrefix(bare, "//") || strings.HasPrefix(bare, ".version") ||
			strings.HasPrefix(bare, ".target") || strings.HasPrefix(bare, ".address_size")) {
			continue
		}
		part.WriteString(line)
		depth += strings.Count(bare, "{") - strings.Count(bare, "}")
		if depth == 0 && (strings.HasSuffix(bare, ";") || strings.HasSuffix(bare, "}")) {
			parts = append(parts, part.String())
			part.Reset()
		}
	}
	return parts
}
