package mutation

// library are faults in models, train and data.
var library = []mutant{
	{"models/model.go", "	m.mu.Lock()\n	defer m.mu.Unlock()\n	if m.closed {", "	if m.closed {", "./models", "ManyCallersOfPredict"},
	{"models/model.go", "	m.closed = true", "	m.closed = false", "./models", "Closed"},
	{"models/program.go", `inputs{x: "call.x", t: "call.t"}`, `inputs{x: "x", t: "t"}`, "./models", "StepsAreApart"},
	{"models/program.go", "if slot == 0 {", "if slot >= 0 {", "./models", "StepsAreApart"},
	{"models/program.go", `"predict":          {false, true, predictions}`, `"predict":          {false, false, predictions}`, "./models", "DropoutOnlyTrains"},
	{"models/program.go", `"gradient":         {true, false, gradients}`, `"gradient":         {true, true, gradients}`, "./models", "DropoutOnlyTrains"},
	{"models/step.go", `kinds["loss"], batch, in)`, `kinds["loss"], batch, ofMethods)`, "./models", "StepReportsTheEvaluatedLoss"},
	{"models/update.go", `fmt.Sprintf("%s%T.%s", of, opt, name)`, `fmt.Sprintf("%s%s%.0T", of, name, opt)`, "./models", "OptimizersAreApart"},
	{"models/optimizer.go", "o.Beta2, 0.999)", "o.Beta2, 0.99)", "./models", "UsualValues"},
	{"models/mlp.go", "gain = 2", "gain = 1", "./models", "UsualStd"},
	{"models/accuracy.go", "		if v != v {", "		if v != v && false {", "./train", "NaNScoresAreWrong"},
	{"models/params.go", "	return append(vars, m.store.Statistics()...), nil", "	return vars, nil", "./train", "CheckpointOfBatchNorm"},
	{"data/data.go", "if int(l) >= classes {", "if int(l) > classes {", "./train", "DatasetMistakes"},
	{"data/batch.go", "from < 0 || to < from || to > s.Len()", "from < 0 || to < from", "./data", "BatchMistakes"},
	{"data/gzip.go", "case padded:", "case padded && false:", "./data", "LoadErrors"},
}
