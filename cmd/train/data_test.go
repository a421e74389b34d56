package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

const (
	irisTable = "../../data/testdata/iris.csv"
	wineTable = "../../data/testdata/wine.csv"
)

// TestClassifyATable: one command reads a table, and the model's file says what its inputs and classes are; with -load it does as well on
// the same data as it did.
func TestClassifyATable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "iris.safetensors")
	code, stdout, stderr := call(t, "-data", irisTable, "-standardise", "-batch", "20", "-iters", "1000", "-sampling", "epochs", "-save", file)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if want := irisTable + `: 120 training and 30 test samples of 4 inputs, 3 classes, ["setosa" "versicolor" "virginica"]`; code != exitOK || lines[0] != want {
		t.Fatalf("exit %d, %s%s", code, stderr, stdout)
	}
	scores := lines[len(lines)-1][strings.Index(lines[len(lines)-1], "train_acc"):]
	scores = scores[:strings.Index(scores, ", 0.")]
	if !strings.Contains(scores, "test_acc: 0.9") && !strings.Contains(scores, "test_acc: 1") {
		t.Errorf("%s", scores)
	}
	f, err := models.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := data.ParsePreprocessing(f.About[models.AboutPreprocessing])
	if err != nil || len(p.Columns) != 4 || p.Columns[3].Name != "petal width (cm)" || len(p.Mean) != 4 || f.About[models.AboutClasses] != `["setosa","versicolor","virginica"]` {
		t.Errorf("%v, %s, %v", p.Text(), f.About[models.AboutClasses], err)
	}
	if code, stdout, stderr := call(t, "-data", irisTable, "-load", file, "-iters", "0"); code != exitOK || !strings.HasSuffix(stdout, scores+"\n") {
		t.Errorf("exit %d, %s%s, want %s", code, stderr, stdout, scores)
	}
	table, err := os.ReadFile(irisTable)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(string(table), "\n")
	two := filepath.Join(t.TempDir(), "two.csv") // of the three classes, the second one first
	if err := os.WriteFile(two, []byte(rows[0]+strings.Join(rows[51:101], "")+strings.Join(rows[1:51], "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := call(t, "-data", two, "-load", file, "-iters", "0"); code != exitOK || !strings.Contains(stdout, "train_acc: 0.9") && !strings.Contains(stdout, "train_acc: 1") {
		t.Errorf("exit %d, %s%s", code, stderr, stdout)
	}
	if code, _, stderr := call(t, "-data", irisTable, "-load", file, "-standardise"); code != exitUsage || stderr != "train: -load: "+file+": -standardise: the model says how its inputs are made: leave the flag out\n" {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if code, _, stderr := call(t, "-data", wineTable, "-load", file); code != exitUsage || !strings.HasPrefix(stderr, "train: -data: "+wineTable+`: there is no column "sepal length (cm)": the columns are`) {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// TestRegressionOfATable: R² stands where accuracies do: in lines, in JSON, in history.csv and in the picture; the model's file says what it
// is for, and in what units it predicts.
func TestRegressionOfATable(t *testing.T) {
	out := t.TempDir()
	args := []string{"-data", wineTable, "-task", "regression", "-label", "alcohol", "-standardise", "-activation", "tanh", "-lr", "0.01", "-batch", "20", "-iters", "500"}
	code, stdout, stderr := call(t, append(args, "-out", out)...)
	lines := strings.Split(stdout, "\n")
	if code != exitOK || lines[0] != wineTable+": 142 training and 36 test samples of 15 inputs, 1 to predict" || !strings.HasPrefix(lines[1], "train_r2: ") || strings.Contains(stdout, "acc") {
		t.Errorf("exit %d, %s%s", code, stderr, stdout)
	}
	history, err := os.ReadFile(filepath.Join(out, "history.csv"))
	if err != nil || !strings.HasPrefix(string(history), "iter,loss,train_r2,test_r2\n") {
		t.Errorf("%.60q, %v", history, err)
	}
	if files, _ := filepath.Glob(filepath.Join(out, "*.png")); len(files) != 2 || filepath.Base(files[1]) != "r2.png" {
		t.Errorf("%v", files)
	}
	model := filepath.Join(out, modelFile)
	code, stdout, stderr = call(t, "-data", wineTable, "-load", model, "-iters", "0", "-json")
	var done map[string]any
	last := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(last[len(last)-1]), &done); code != exitOK || err != nil || done["test_r2"].(float64) < 0.3 || done["test_acc"] != nil {
		t.Errorf("exit %d, %s%s, %v", code, stderr, stdout, err)
	}
	f, err := models.Open(model)
	if err != nil {
		t.Fatal(err)
	}
	p, err := data.ParsePreprocessing(f.About[models.AboutPreprocessing])
	if err != nil || len(p.Targets) != 1 || p.Targets[0].Name != "alcohol" || p.Targets[0].Mean < 12 || p.Targets[0].Mean > 14 || f.About[models.AboutClasses] != "" {
		t.Errorf("%s, %q, %v", p.Text(), f.About[models.AboutClasses], err)
	}
	if code, _, stderr := call(t, "-data", wineTable, "-load", model, "-task", "classification"); code != exitUsage ||
		stderr != "train: -load: "+model+": its net is for regression: leave -task out, or load another file\n" {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if code, _, stderr := call(t, "-load", model); code != exitUsage ||
		stderr != "train: -load: "+model+": its net reads samples of the shape [15], -data embedded has samples of [1 28 28]: give it the data it was made for\n" {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// TestDataMistakes: each is one line that names the flag.
func TestDataMistakes(t *testing.T) {
	small := smallSet(t)
	for want, args := range map[string]string{
		"-label: it is for data of your own: name them with -data":                                                                                                         "-label y",
		"-standardise: it is for data of your own: name them with -data":                                                                                                   "-standardise",
		`-task "clustering" is unknown: choose classification or regression`:                                                                                               "-data x.csv -task clustering",
		`-sampling "jackknife" is unknown: choose epochs or replacement`:                                                                                                   "-sampling jackknife",
		"-split 1.5: a part of the samples, above 0 and below 1, such as 0.2":                                                                                              "-data x.csv -split 1.5",
		"-split 0: a part of the samples, above 0 and below 1, such as 0.2":                                                                                                "-data x.csv -split 0",
		"-split 0.5: -test y.csv has the samples to test on: leave one of the two out":                                                                                     "-data x.csv -split 0.5 -test y.csv",
		`-image "28x28": channels, height and width are wanted, such as 1x28x28 in grey or 3x32x32 in colours`:                                                             "-data x -image 28x28",
		`-image "2x8x8": channels, height and width are wanted, such as 1x28x28 in grey or 3x32x32 in colours`:                                                             "-data x -image 2x8x8",
		"-data: " + irisTable + ": a size that is scaled to is for folders of pictures, and this is a table, NAME.csv or NAME.tsv, also with .gz":                          "-image 1x2x2 -data " + irisTable,
		`-drop "a,\"b": names of columns with commas between them are wanted, and quotes around a name with a comma`:                                                       "-drop a,\"b -data " + irisTable,
		"-data: " + small + ": names of columns are for tables, and this is a folder with IDX files, called as MNIST's":                                                    "-label a -data " + small,
		"-data: nowhere.csv: no such file or folder":                                                                                                                       "-data nowhere.csv",
		"-data: " + irisTable + `: there is no column "species": the columns are ["sepal length (cm)" "sepal width (cm)" "petal length (cm)" "petal width (cm)" "target"]`: "-data " + irisTable + " -label species",
		"-batch 121: the training set has only 120 samples":                                                                                                                "-data " + irisTable + " -batch 121",
		"-model simpleconv: it is for images, and the samples of " + irisTable + " are rows of 4 numbers: choose mlp":                                                      "-data " + irisTable + " -model simpleconv",
		"-data: " + irisTable + `, line 2, column "target": "setosa" is no number`:                                                                                         "-data " + irisTable + " -task regression",
	} {
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitUsage || stderr != "train: "+want+"\n" {
			t.Errorf("%s: exit %d, %swant %s", args, code, stderr, want)
		}
	}
}
