package native

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestCallers: each kernel in assembly is in a kernel set, each function of a set has a caller here, and each function
// of the package over vectors has one in another package.
func TestCallers(t *testing.T) {
	here, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used, selected, exported := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var fields []string
	for _, path := range here {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file := parse(t, path)
		uses(file, used, selected)
		fields = append(fields, functionFields(file)...)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() && mentions(f, "vec") {
				exported[f.Name.Name] = true
			}
		}
	}
	kernels := assembly(t)
	if len(kernels) < 100 || len(fields) < 15 || len(exported) < 20 {
		t.Fatalf("found only %d kernels, %d fields, %d functions", len(kernels), len(fields), len(exported))
	}
	for _, name := range kernels {
		if !used[name] {
			t.Errorf("no kernel set has %s", name)
		}
	}
	for _, name := range fields {
		if !selected[name] {
			t.Errorf("nobody calls the kernels %s", name)
		}
	}
	outside := callersOutside(t)
	for name := range exported {
		if !outside[name] {
			t.Errorf("no package calls native.%s", name)
		}
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// assembly lists the functions of the files in assembly.
func assembly(t *testing.T) (names []string) {
	paths, err := filepath.Glob("*.s")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^TEXT ·(\w+)`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// uses collects the names in expressions, and those behind a dot.
func uses(file *ast.File, used, selected map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Body != nil // a stub is no use
		case *ast.SelectorExpr:
			selected[n.Sel.Name] = true
		case *ast.Ident:
			used[n.Name] = true
		}
		return true
	})
}

// functionFields are the fields with functions, or arrays of them, of structures.
func functionFields(file *ast.File) (names []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				_, function := f.Type.(*ast.FuncType)
				_, array := f.Type.(*ast.ArrayType)
				for _, name := range f.Names {
					if function || array {
						names = append(names, name.Name)
					}
				}
			}
		}
		return true
	})
	return names
}

func mentions(f *ast.FuncDecl, field string) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		found = found || ok && s.Sel.Name == field
		return true
	})
	return found
}

// callersOutside are the names that the module's other packages take from this one, tests apart.
func callersOutside(t *testing.T) map[string]bool {
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file := parse(t, path)
		for _, i := range file.Imports {
			if p, _ := strconv.Unquote(i.Path.Value); p == "github.com/stheno/stheno/blas/native" {
				uses(file, map[string]bool{}, names)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
