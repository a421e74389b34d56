package gorgonia

// OtherMachine makes the machine of a test, if it is set, with what NewTapeMachine was told.
var OtherMachine func(g *ExprGraph, eval, dual bool, duals Nodes) Machine

// Machine is what the tests ask of a TapeMachine.
type Machine interface {
	VM
	Let(n *Node, be interface{}) error
	Set(a, b *Node) error
}

// judged stands where a test has a TapeMachine.
type judged struct{ Machine }

func (judged) Prog() interface{} { return "no program of the tape" }

// NewJudged replaces NewTapeMachine.
func NewJudged(g *ExprGraph, opts ...VMOpt) *judged {
	if OtherMachine == nil {
		return &judged{NewTapeMachine(g, opts...)}
	}
	t := &tapeMachine{}
	for _, o := range opts {
		o(t)
	}
	return &judged{OtherMachine(g, t.evalMode, t.bindDV(), t.bindNodesDV)}
}
