package mutation

// readers are faults in how data are read, split, kept and drawn, and in what a score is.
var readers = []mutant{
	{"data/sampler.go", "s.rand.Shuffle(s.n, func", "s.rand.Shuffle(s.n/2, func", "./data", "Epochs"},
	{"data/sampler.go", "		s.at = at\n", "		s.at = 0 * at\n", "./data", "Epochs"},
	{"data/source.go", "s.there = append(s.there, s.rows[at])", "s.there = append(s.there, at)", "./data", "Floats"},
	{"data/samples.go", "rows[count:], rows[:count]", "rows[count:], rows[1:count+1]", "./data", "Split"},
	{"data/samples.go", "for _, at := range train {", "for at := range s.store.n {", "./data", "Standardise|TestFile"},
	{"data/samples.go", "if learned.seen[i][d.numbers[v]] {", "if learned.seen[i] != nil {", "./data", "TestFile"},
	{"data/store.go", "int64(i)*int64(s.size))", "int64(i^1)*int64(s.size))", "./data", "Spill"},
	{"data/store.go", "if s.file == nil && int64(s.n+1)*int64(s.size) > s.limit {", "if s.file == nil && int64(s.n+1)*int64(s.size) < 0 {", "./data", "MemoryIsBounded"},
	{"data/table.go", "if t.given-t.read > mostRecord {", "if t.given-t.read < 0 {", "./data", "TableMistakes"},
	{"data/table.go", "	if len(v) > 4 ||", "	if v != \"\" || len(v) > 4 ||", "./data", "TableMistakes"},
	{"data/tables.go", "case k.other != \"\":", "case k.other != \"\" && false:", "./data", "TableMistakes"},
	{"data/npy.go", "case size >= 0 && total", "case size < -1 && total", "./data", "ArrayMistakes"},
	{"data/arrays.go", "return i%channels*shape[1]*shape[2] + i/channels", "return i + 0*channels", "./data", "ArraysOfPictures"},
	{"data/picture.go", "pixels > mostPerByte*float64(size)", "pixels < 0*float64(size)", "./data", "PictureMistakes"},
	{"data/picture.go", "dst[c*plane+p]", "dst[i.Channels*p+c]", "./data", "PictureBytes"},
	{"data/preprocessing.go", "x := float64(v) / divisor", "x := float64(float32(v) / float32(divisor))", "./data", "TestPreprocessing"},
	{"data/preprocessing.go", "		v /= s\n", "		v *= s\n", "./data", "Standardise"},
	{"train/score.go", "1 - o.errors/o.deviations", "1 - o.errors/(o.deviations+1)", "./train", "Score"},
	{"models/backward.go", "2 * (v - t[i])", "v - t[i]", "./models", "FourWitnesses"},
	{"models/load.go", "f.About[AboutLoss] == s.usualLoss().name", "f.About[AboutLoss] != \"\"", "./models", "TestLoad"},
	{"cmd/train/data.go", "how.Classes = net.Classes", "_ = net.Classes", "./cmd/train", "ClassifyATable"},
}
