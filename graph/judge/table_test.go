package judge

// example is one of Gorgonia's programs, and what is changed in the copy that runs.
type example struct {
	dir   string   // in Gorgonia's folder of examples
	file  string   // that makes the machine; main.go if empty
	tape  string   // what makes the TapeMachine
	ours  string   // the options of graph.NewMachine in its place
	edits []string // texts of main.go and what they become: fewer steps, thinner layers
	args  []string
	stdin string
	note  string
	host  []string // ops that run on the host, by a function, in order of their names
	skip  string   // why there is nothing to judge
}

// examples are all of Gorgonia's.
var examples = []example{
	{
		dir: "linear_regression", note: "float32, then float64",
		tape: "NewTapeMachine(g, BindDualValues(m, c))", ours: "graph.BindDualValues(m, c)",
	},
	{
		dir:  "iris",
		tape: "gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(theta))", ours: "graph.BindDualValues(theta)",
		edits: []string{"iter := 10000", "iter := 100"},
	},
	{
		dir: "iris/cmd", note: "three flowers",
		tape: "gorgonia.NewTapeMachine(g)",
		edits: []string{"\tfor {\n", "\tfor range 3 {\n", "\treader := bufio.NewReader(os.Stdin)\n", "",
			"func getInput(", "var reader = bufio.NewReader(os.Stdin)\n\nfunc getInput("},
		stdin: "5.1\n3.5\n1.4\n0.2\n6.3\n3.3\n6.0\n2.5\n5.7\n2.8\n4.1\n1.3\n",
	},
	{
		dir: "logisticregression", note: "training only: the prediction behind it panics on the TapeMachine",
		tape: "G.NewTapeMachine(g, G.WithPrecompiled(prog, locMap))", ours: "graph.Only(wUpd, bUpd, readNode)",
		edits: []string{"trainIter = 500", "trainIter = 20", "\tfmt.Printf(\"START\\n\")\n", "\treturn\n"},
		host:  []string{"> false"}, // truths are no numbers of a program
	},
	{
		dir:  "286",
		tape: "gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(m.learnables()...))", ours: "graph.BindDualValues(m.learnables()...)",
		edits: []string{"\tif err = vm.RunAll()", "\tfor range 5 {\n\tif err = vm.RunAll()", "\tvm.Reset()\n", "\tvm.Reset()\n\t}\n"},
	},
	{
		dir: "convnet", note: "without Dropout",
		tape: precompiled, ours: "graph.BindDualValues(m.learnables()...)",
		args: []string{"-epochs=1", "-batchsize=20"},
	},
	{
		dir: "convnet_cuda", note: "without CUDA and Dropout",
		tape: "G.NewTapeMachine(g, G.BindDualValues())", ours: "graph.BindDualValues()",
		edits: []string{"// +build cuda\n", ""},
		args:  []string{"-epochs=1", "-batchsize=50", "-dtype=float32"},
	},
	{
		dir: "resnet", note: "thinner layers, without Dropout",
		tape: precompiled, ours: "graph.BindDualValues(m.learnables()...)",
		// its 214 million weights take longer to draw than all the rest
		edits: []string{"32, 1, 3, 3", "4, 1, 3, 3", "64, 32, 3, 3", "8, 4, 3, 3", "128, 64, 3, 3", "16, 8, 3, 3", "3136, 12544", "392, 1568",
			"6272, 25088", "784, 3136", "25088, 625", "3136, 625", "128 * 14 * 14", "16 * 14 * 14"},
		args: []string{"-epochs=1", "-batchsize=20"},
	},
	{
		dir: "stacked_autoencoder", note: "pretraining only: what follows makes LispMachines",
		file: "stackedDA.go", tape: "NewTapeMachine(sda.g, WithPrecompiled(prog, locMap))", ours: "graph.Only(outputs...)",
		edits: []string{"import \"C\"\n", "", "1000, 1000, 1000", "100, 80, 60", "verboseLog(\"Starting to finetune now\")", "return"},
		args:  []string{"-pt=2"},
		host:  []string{"2(1, 0.1) - ()"}, // a random node, which draws what Gorgonia's would
	},
	{dir: "tiny-yolo-v2-coco", tape: "G.NewTapeMachine(g)", edits: threeRuns},
	{dir: "tiny-yolo-v3-coco", tape: "G.NewTapeMachine(g)", edits: threeRuns},
	{dir: "charRNN", skip: "it makes LispMachines, which differentiate as they run: there is no TapeMachine to replace"},
	{dir: "mnist", skip: "it reads MNIST's files for the others, and is no program"},
}

const precompiled = "G.NewTapeMachine(g, G.WithPrecompiled(prog, locMap), G.BindDualValues(m.learnables()...))"

// threeRuns runs a graph three times that is run once.
var threeRuns = []string{
	"\tst := time.Now()\n\tif err := tm.RunAll()",
	"\tst := time.Now()\n\tfor range 2 {\n\t\ttm.RunAll()\n\t\ttm.Reset()\n\t}\n\tif err := tm.RunAll()",
}
