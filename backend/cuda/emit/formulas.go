package emit

import (
	"fmt"
	"strings"
	"sync"

	"github.com/stheno/stheno/backend/cuda/kernels"
	"github.com/stheno/stheno/ir"
)

// unproven are ops whose compiled formula has what the driver that executes PTX in tests does not know: memory of a thread's own and
// carries between additions, for angles of any size. Until it does, or a GPU has shown them right, they run on the host.
var unproven = map[ir.Op]bool{ir.Sin: true, ir.Cos: true}

// formulasHeader has a function for each element-wise op that PTX has no instruction for: its formula.
func formulasHeader() string {
	var b strings.Builder
	b.WriteString(generated + "// FORMULAS makes the functions of a type.\n#define FORMULAS(type, T)")
	for _, op := range ir.Ops() {
		if !op.Elementwise() || instructions[op]+comparisons[op] != "" || unproven[op] {
			continue
		}
		params := [...]string{"T x", "T x, T y"}[op.Arity()-1]
		fmt.Fprintf(&b, " \\\n\textern \"C\" __device__ T %v_##type(%s) { return %s; }", op, params, op.Formula().C())
	}
	return b.String() + "\n"
}

// functions are the element-wise ops that the packed PTX has a function for. One whose formula has not been compiled yet is not
// among them, and runs on the host.
var functions = sync.OnceValue(func() map[ir.Op]bool {
	text, err := kernels.Source("functions_" + Suffix(ir.Float32))
	if err != nil {
		panic("cuda: " + err.Error()) // our own bug: the file is embedded
	}
	has := map[ir.Op]bool{}
	for _, op := range ir.Ops() {
		has[op] = op.Elementwise() && strings.Contains(text, fmt.Sprintf(" %v_%s(", op, Suffix(ir.Float32)))
	}
	return has
})
