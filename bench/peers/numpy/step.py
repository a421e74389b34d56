"""The training step after the book, in NumPy (Deep Learning from Scratch, 4.5.1 and 4.5.2): its formulas and their order,
less the second exp of its softmax and the two sigmoids that its sigmoid_grad computes anew. Same numbers as every other
peer (see ../README.md); prints one JSON line.

    OPENBLAS_NUM_THREADS=1 python3 step.py hidden batch steps rounds dtype [gradient | numerical N]

With "gradient" the rounds leave out the loss after the update. With "numerical N" it times N loss evaluations as the
book's numerical_gradient makes them, in place of the steps.
"""
import itertools
import json
import os
import sys
import time

import numpy as np

IN, OUT, BATCHES, GATE = 784, 10, 8, 10


def uniforms(n, at):
    """splitmix64 in [0, 1), numbers at, at + 1, ... of the sequence that starts at 42"""
    with np.errstate(over="ignore"):
        z = np.uint64(42) + np.arange(at + 1, at + n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(y, t):
    """the book's, for one-hot targets: the true class is picked by index"""
    return -np.sum(np.log(y[np.arange(y.shape[0]), t.argmax(axis=1)] + 1e-7)) / y.shape[0]


class TwoLayerNet:
    def __init__(self, w1, b1, w2, b2):
        self.params = {"W1": w1, "b1": b1, "W2": w2, "b2": b2}

    def predict(self, x):
        p = self.params
        z1 = sigmoid(np.dot(x, p["W1"]) + p["b1"])
        return softmax(np.dot(z1, p["W2"]) + p["b2"])

    def loss(self, x, t):
        return cross_entropy(self.predict(x), t)

    def gradient(self, x, t):
        p = self.params
        z1 = sigmoid(np.dot(x, p["W1"]) + p["b1"])
        y = softmax(np.dot(z1, p["W2"]) + p["b2"])
        dy = (y - t) / x.shape[0]
        dz1 = z1 * (1 - z1) * np.dot(dy, p["W2"].T)
        return {"W2": np.dot(z1.T, dy), "b2": np.sum(dy, axis=0), "W1": np.dot(x.T, dz1), "b1": np.sum(dz1, axis=0)}


def main():
    hidden, batch, steps, rounds = map(int, sys.argv[1:5])
    dtype = np.dtype(sys.argv[5])
    at = 0

    def draw(*shape):
        nonlocal at
        n = int(np.prod(shape))
        u = uniforms(n, at)
        at += n
        return u.reshape(shape)

    def weights(*shape):
        return ((2 * draw(*shape) - 1) * 0.017320508075688773).astype(dtype)

    w1, w2 = weights(IN, hidden), weights(hidden, OUT)
    net = TwoLayerNet(w1, np.zeros(hidden, dtype), w2, np.zeros(OUT, dtype))
    xs, ts = [], []
    for _ in range(BATCHES):
        u = draw(batch, IN)
        xs.append(np.where(u < 0.2, 5 * u, 0).astype(dtype))
        t = np.zeros((batch, OUT), dtype)
        t[np.arange(batch), (draw(batch) * OUT).astype(int)] = 1
        ts.append(t)

    report = {"threads": int(os.environ.get("OPENBLAS_NUM_THREADS", "0")), "library": "NumPy " + np.__version__}
    mode = sys.argv[6] if len(sys.argv) > 6 else ""
    if mode not in ("", "gradient", "numerical"):
        sys.exit(f"step.py: mode {mode!r} is neither gradient nor numerical")
    if mode == "numerical":
        n = int(sys.argv[7]) // 2
        net.loss(xs[0], ts[0])
        elements = ((p.reshape(-1), i) for p in net.params.values() for i in range(p.size))
        began = time.perf_counter()
        for flat, i in itertools.islice(elements, n):
            v = flat[i]
            flat[i] = v + 1e-4
            net.loss(xs[0], ts[0])
            flat[i] = v - 1e-4
            net.loss(xs[0], ts[0])
            flat[i] = v
        report["evaluation_us"] = (time.perf_counter() - began) * 1e6 / (2 * n)
        print(json.dumps(report))
        return

    lr = dtype.type(0.1)
    xb, tb = np.empty_like(xs[0]), np.empty_like(ts[0])
    step = 0

    def learn(with_loss=True):
        """one step; the batch is drawn before the clock starts, as in every peer"""
        nonlocal step
        np.copyto(xb, xs[step % BATCHES])
        np.copyto(tb, ts[step % BATCHES])
        step += 1
        began = time.perf_counter()
        grad = net.gradient(xb, tb)
        for key in ("W1", "b1", "W2", "b2"):
            net.params[key] -= lr * grad[key]
        loss = net.loss(xb, tb) if with_loss else None
        return time.perf_counter() - began, loss

    for _ in range(GATE):
        _, gate = learn()
    ms = sorted(sum(learn(mode == "")[0] for _ in range(steps)) * 1e3 / steps for _ in range(rounds))
    report.update(ms=ms[rounds // 2], min_ms=ms[0], gate_loss=float(gate))
    print(json.dumps(report))


main()
