"""Writes the data sets that scikit-learn carries as tables: python3 data/testdata/tables.py DIR [SEED ...]

DIR/NAME.csv has a line for each sample, the class by its name in the last column, "target".

For each seed, a fifth of the samples is drawn to test on, DIR/NAME-SEED-train.csv and DIR/NAME-SEED-test.csv, and a line of JSON with how
many of them scikit-learn's MLPClassifier gets right: one hidden layer of 50 units of relu, Adam, batches of 32, at most 300 epochs.
"""
import csv
import json
import os
import sys
import warnings

from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

NAMES = ["iris", "wine", "breast_cancer", "digits"]


def write(path, data, samples, classes):
    with open(path, "w", newline="") as f:
        table = csv.writer(f, lineterminator="\n")
        table.writerow([str(n) for n in data.feature_names] + ["target"])
        for x, c in zip(samples, classes):
            table.writerow([repr(float(v)) for v in x] + [str(data.target_names[c])])


def judge(folder, name, data, seed):
    x, xt, y, yt = train_test_split(data.data, data.target, test_size=0.2, random_state=seed, stratify=data.target)
    write(f"{folder}/{name}-{seed}-train.csv", data, x, y)
    write(f"{folder}/{name}-{seed}-test.csv", data, xt, yt)
    scaler = StandardScaler().fit(x)
    net = MLPClassifier((50,), activation="relu", batch_size=32, max_iter=300, random_state=seed).fit(scaler.transform(x), y)
    right = int((net.predict(scaler.transform(xt)) == yt).sum())
    print(json.dumps({"name": name, "seed": seed, "right": right, "train": len(y), "test": len(yt)}), flush=True)


def main():
    warnings.filterwarnings("ignore")  # of a training that could have gone on
    folder, seeds = sys.argv[1], [int(s) for s in sys.argv[2:]]
    os.makedirs(folder, exist_ok=True)
    for name in NAMES:
        data = getattr(datasets, "load_" + name)()
        write(f"{folder}/{name}.csv", data, data.data, data.target)
        for seed in seeds:
            judge(folder, name, data, seed)


main()
