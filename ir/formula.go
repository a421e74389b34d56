package ir

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"strings"
)

// Formula is the meaning of an element-wise op, an expression of Go in its arguments x and y: the reference for every
// kernel. A comparison is 1 or 0; with a NaN it is 0.
type Formula struct {
	text string
	expr ast.Expr
	of   func(x, y float64) float64
}

// functions are what a formula may call. C has them under the same names.
var functions = map[string]any{
	"exp": math.Exp, "log": math.Log, "expm1": math.Expm1, "log1p": math.Log1p, "exp2": math.Exp2, "log2": math.Log2, "sqrt": math.Sqrt, "cbrt": math.Cbrt, "pow": math.Pow,
	"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan, "atan2": math.Atan2,
	"sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh, "erf": math.Erf, "ceil": math.Ceil, "floor": math.Floor, "fabs": math.Abs,
}

// newFormula reads a formula of the table. One that cannot be read is a bug of the table.
func newFormula(text string) *Formula {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		panic(fmt.Sprintf("ir: the formula %q: %v", text, err)) // our own bug: every formula stands in this package
	}
	return &Formula{text, expr, meaning(expr)}
}

// String is the formula as it was written.
func (f *Formula) String() string { return f.text }

// Of is the value for one element; y is ignored by a formula in x alone.
func (f *Formula) Of(x, y float64) float64 { return f.of(x, y) }

// arity is 2 where y occurs, else 1.
func (f *Formula) arity() int {
	n := 1
	ast.Inspect(f.expr, func(e ast.Node) bool {
		if name, ok := e.(*ast.Ident); ok && name.Name == "y" {
			n = 2
		}
		return true
	})
	return n
}

// meaning makes a function of an expression.
func meaning(e ast.Expr) func(x, y float64) float64 {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return meaning(e.X)
	case *ast.BasicLit:
		var v float64
		fmt.Sscan(e.Value, &v)
		return func(_, _ float64) float64 { return v }
	case *ast.Ident:
		if e.Name == "x" {
			return func(x, _ float64) float64 { return x }
		}
		return func(_, y float64) float64 { return y }
	case *ast.UnaryExpr:
		a := meaning(e.X)
		return func(x, y float64) float64 { return -a(x, y) }
	case *ast.BinaryExpr:
		return operators[e.Op](meaning(e.X), meaning(e.Y))
	case *ast.CallExpr:
		a := meaning(e.Args[0])
		switch f := functions[e.Fun.(*ast.Ident).Name].(type) {
		case func(float64) float64:
			return func(x, y float64) float64 { return f(a(x, y)) }
		case func(float64, float64) float64:
			b := meaning(e.Args[1])
			return func(x, y float64) float64 { return f(a(x, y), b(x, y)) }
		}
	}
	panic(fmt.Sprintf("ir: a formula with %T", e)) // our own bug: every formula stands in this package
}

type scalarFunc = func(x, y float64) float64

// operators are those of Go that a formula may have.
var operators = map[token.Token]func(a, b scalarFunc) scalarFunc{
	token.ADD: func(a, b scalarFunc) scalarFunc { return func(x, y float64) float64 { return a(x, y) + b(x, y) } },
	token.SUB: func(a, b scalarFunc) scalarFunc { return func(x, y float64) float64 { return a(x, y) - b(x, y) } },
	token.MUL: func(a, b scalarFunc) scalarFunc { return func(x, y float64) float64 { return a(x, y) * b(x, y) } },
	token.QUO: func(a, b scalarFunc) scalarFunc { return func(x, y float64) float64 { return a(x, y) / b(x, y) } },
	token.LSS: func(a, b scalarFunc) scalarFunc {
		return func(x, y float64) float64 { return truth(a(x, y) < b(x, y)) }
	},
	token.LEQ: func(a, b scalarFunc) scalarFunc {
		return func(x, y float64) float64 { return truth(a(x, y) <= b(x, y)) }
	},
	token.EQL: func(a, b scalarFunc) scalarFunc {
		return func(x, y float64) float64 { return truth(a(x, y) == b(x, y)) }
	},
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// C is the formula in C++ and CUDA for arguments x and y of the type T.
func (f *Formula) C() string {
	var b strings.Builder
	writeC(&b, f.expr)
	return b.String()
}

func writeC(b *strings.Builder, e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		b.WriteString("(")
		writeC(b, e.X)
		b.WriteString(")")
	case *ast.BasicLit:
		fmt.Fprintf(b, "T(%s)", e.Value)
	case *ast.Ident:
		b.WriteString(e.Name)
	case *ast.UnaryExpr:
		b.WriteString(e.Op.String())
		writeC(b, e.X)
	case *ast.BinaryExpr:
		compares := e.Op == token.LSS || e.Op == token.LEQ || e.Op == token.EQL
		if compares {
			b.WriteString("T(")
		}
		writeC(b, e.X)
		fmt.Fprintf(b, " %s ", e.Op)
		writeC(b, e.Y)
		if compares {
			b.WriteString(")")
		}
	case *ast.CallExpr:
		b.WriteString(e.Fun.(*ast.Ident).Name)
		b.WriteString("(")
		for i, a := range e.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			writeC(b, a)
		}
		b.WriteString(")")
	}
}

// Loop is the plain kernel that a formula gives: dst[i] is the formula of a[i] and b[i], computed in float64 and rounded once.
// The slices are of equal length, and dst may be one of the others.
func Loop[T float32 | float64](f *Formula) func(dst, a, b []T) {
	return func(dst, a, b []T) {
		for i := range dst {
			dst[i] = T(f.of(float64(a[i]), float64(b[i])))
		}
	}
}
