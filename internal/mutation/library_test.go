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
	{"models/init.go", "math.Sqrt(2 / float64(inputs))", "math.Sqrt(1 / float64(inputs))", "./models", "UsualStd"},
	{"models/layers.go", "[]int{c.Pad, c.Pad}", "[]int{c.Pad, 0}", "./models", "FourWitnesses"},
	{"models/layers.go", "normMomentum = 0.1", "normMomentum = 0.9", "./models", "BatchNormIsTheBooks"},
	{"models/backward.go", "v * l.mask[i] / l.left", "v * l.mask[i]", "./models", "FourWitnesses"},
	{"models/backward_image.go", "x[pixel] += rows[place]", "x[pixel] = rows[place]", "./models", "FourWitnesses"},
	{"models/backward_image.go", "down[i] -= mean[c]", "down[i] -= 0 * mean[c]", "./models", "FourWitnesses"},
	{"models/sequential.go", "s.Decay/2,", "s.Decay,", "./models", "WeightDecay"},
	{"models/accuracy.go", "		if v != v {", "		if v != v && false {", "./train", "NaNScoresAreWrong"},
	{"models/params.go", "	return append(vars, m.store.Statistics()...), nil", "	return vars, nil", "./models", "CheckpointOfBatchNorm"},
	{"data/data.go", "if int(l) >= classes {", "if int(l) > classes {", "./train", "DatasetMistakes"},
	{"data/batch.go", "from < 0 || to < from || to > s.Len()", "from < 0 || to < from", "./data", "BatchMistakes"},
	{"data/gzip.go", "case padded:", "case padded && false:", "./data", "LoadErrors"},
}
