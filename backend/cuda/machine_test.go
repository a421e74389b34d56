package cuda

import (
	"os"
	process "os/exec"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend/cuda/emit"
)

const unordered = "and no barrier is between them"

// wrong are kernels with one mistake each, on 64 numbers at p0, and what the fake driver says of it.
var wrong = map[string]struct{ body, want string }{
	"none": {`bar.sync 0;`, ""},
	"race in a block": {`
	mov.u32 %r2, memory; shl.b32 %r3, %r0, 2; add.u32 %r3, %r3, %r2; st.shared.u32 [%r3], %r0;
	ld.shared.u32 %r4, [%r2];`, unordered},
	"race of blocks": {`
	setp.eq.u32 %p0, %r0, 0; @!%p0 bra L1; st.global.u32 [%d0], %r1;
	L1: `, unordered},
	"race of reads": {`
	setp.eq.u32 %p0, %r0, 0; @!%p0 bra L2; setp.eq.u32 %p0, %r1, 1; @%p0 bra L1; ld.global.u32 %r2, [%d0]; bra L2;
	L1: st.global.u32 [%d0], %r1;
	L2: `, unordered},
	"outside":           {`ld.global.u32 %r2, [%d0+256];`, "outside of all memory"},
	"outside of shared": {`mov.u32 %r2, memory; ld.shared.u32 %r3, [%r2+128];`, "outside of shared memory"},
	"misaligned":        {`ld.global.v2.f32 {%f0, %f1}, [%d0+4];`, "an address that is no multiple of 8"},
	"barrier": {`
	setp.eq.u32 %p0, %r0, 3; @%p0 bra L1; bar.sync 0;
	L1: `, "a barrier that not all threads of the warp come to together"},
	"not known": {`vote.sync.all.pred %p0, %p0, 3;`, "the machine does not know: vote.sync.all.pred %p0, %p0, 3"},
}

// The fake driver finds races, wrong addresses and barriers that not all reach: a suite that passes on it has none of them.
func TestFakeDriverStops(t *testing.T) {
	if name := os.Getenv("STHENO_TEST_WRONG"); name != "" {
		launchWrong(t, wrong[name].body)
		return
	}
	e, err := open()
	if err != nil {
		t.Skipf("not tested: %v", err)
	}
	fake := strings.Contains(e.Device(), "fake driver")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !fake {
		t.Skip("a GPU does not look for mistakes")
	}
	for name, c := range wrong {
		run := process.Command(os.Args[0], "-test.run=^TestFakeDriverStops$")
		run.Env = append(os.Environ(), "STHENO_TEST_WRONG="+name)
		out, err := run.CombinedOutput()
		if (err == nil) != (c.want == "") || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%.1000s\nwant: %s", name, err, out, c.want)
		}
	}
}

// launchWrong runs two blocks of 32 threads; %r0 is the thread, %r1 the block.
func launchWrong(t *testing.T, body string) {
	opened, err := open()
	if err != nil {
		t.Fatal(err)
	}
	e := opened.(*Engine)
	if err := e.enter(); err != nil {
		t.Fatal(err)
	}
	at, err := e.alloc(256)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.load("compile", emit.Header+".shared .align 64 .b8 memory[128];\n.visible .entry wrong(.param .u64 p0)\n{\n"+
		"\t.reg .pred %p<1>;\n\t.reg .b32 %r<9>;\n\t.reg .b64 %d<1>;\n\t.reg .f32 %f<2>;\n"+
		"\tld.param.u64 %d0, [p0];\n\tmov.u32 %r0, %tid.x;\n\tmov.u32 %r1, %ctaid.x;\n"+body+"\n\tret;\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	f, err := e.find(m, "wrong")
	if err != nil {
		t.Fatal(err)
	}
	l := &launch{f: f, grid: 2, threads: 32, args: []uint64{uint64(at)}, what: "wrong"}
	if err := l.do(e); err != nil {
		t.Fatal(err)
	}
	if err := e.driver.Unload(m); err != nil {
		t.Fatal(err)
	}
	e.leave()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
