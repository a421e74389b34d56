"""The book's training program (4.5.2, 4.5.3) in NumPy: 784-50-10 on MNIST in float32, mini-batches of 100, learning rate
0.1, 10,000 iterations, and the accuracies on all images once an epoch. Prints a JSON line an epoch, as cmd/train does.

    python3 numpy_train.py FOLDER

FOLDER holds the four IDX files, not compressed.
"""
import json
import os
import resource
import sys
import time

import numpy as np

from book import Net

folder = sys.argv[1]


def read(name, header):
    """an IDX file as bytes, without its header"""
    return np.fromfile(os.path.join(folder, name), np.uint8, offset=header)


def load(part):
    x = (read(part + "-images-idx3-ubyte", 16).reshape(-1, 784) / np.float32(255)).astype(np.float32)
    return x, np.eye(10, dtype=np.float32)[read(part + "-labels-idx1-ubyte", 8)]


(x, t), (x_test, t_test) = load("train"), load("t10k")
rng = np.random.default_rng(1)
shapes = [(784, 50), (50, 10)]
net = Net([(0.01 * rng.standard_normal(s)).astype(np.float32) for s in shapes], [np.zeros(s[1], np.float32) for s in shapes])
batch, iters, lr = 100, 10000, np.float32(0.1)
training = evaluation = 0.0


def accuracies(event, i):
    global evaluation
    began = time.perf_counter()
    train_acc, test_acc = net.accuracy(x, t), net.accuracy(x_test, t_test)
    evaluation += time.perf_counter() - began
    line = {"event": event, "iter": i, "train_acc": float(train_acc), "test_acc": float(test_acc)}
    if event == "done":
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6  # Linux counts in KiB
        line.update(train_seconds=training, eval_seconds=evaluation, peak_memory_mb=peak)
    print(json.dumps(line), flush=True)


for i in range(iters):
    draw = rng.integers(0, len(x), batch)
    xb, tb = x[draw], t[draw]
    began = time.perf_counter()
    net.learn(xb, tb, lr)
    training += time.perf_counter() - began
    if i % (len(x) // batch) == 0:
        accuracies("epoch", i)
accuracies("done", iters)
