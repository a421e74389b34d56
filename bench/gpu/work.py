"""The numbers and the clock that the peers on the GPU share: the same start and batches as ../peers/README.md says."""
import sys
import time

import numpy as np

IN, OUT, BATCHES, GATE, RATE = 784, 10, 8, 10, 0.1
JOBS = [(50, 100), (512, 100), (1024, 1024)]
ROUNDS = 5


def uniforms(n, at):
    """splitmix64 in [0, 1), numbers at, at + 1, ... of the sequence that starts at 42"""
    with np.errstate(over="ignore"):
        z = np.uint64(42) + np.arange(at + 1, at + n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def start(hidden, batch):
    """parameters (W1, b1, W2, b2), pixels (8, batch, 784) and one-hot targets (8, batch, 10), float32"""
    at = 0

    def draw(*shape):
        nonlocal at
        n = int(np.prod(shape))
        at += n
        return uniforms(n, at - n).reshape(shape)

    def weights(*shape):
        return ((2 * draw(*shape) - 1) * 0.017320508075688773).astype(np.float32)

    w1, w2 = weights(IN, hidden), weights(hidden, OUT)
    params = w1, np.zeros(hidden, np.float32), w2, np.zeros(OUT, np.float32)
    xs = np.empty((BATCHES, batch, IN), np.float32)
    ts = np.zeros((BATCHES, batch, OUT), np.float32)
    for b in range(BATCHES):
        u = draw(batch, IN)
        xs[b] = np.where(u < 0.2, 5 * u, 0)
        ts[b, np.arange(batch), (draw(batch) * OUT).astype(int)] = 1
    return params, xs, ts


def median_us(steps, work):
    """the median over the rounds of the microseconds that work() takes for each of its steps"""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e6 / steps)
    return sorted(times)[ROUNDS // 2]


def row(who, title, synchronised, queued, gate):
    print(f"{who}\t{title}\t{synchronised:.1f}\t{queued:.1f}\t{gate:.6f}", flush=True)


def missing(who, why):
    print(f"{who}\tmissing\t{str(why).splitlines()[0][:90] if str(why) else type(why).__name__}", flush=True)


def torch_on_gpu(who):
    """PyTorch; where it is not installed, or finds no GPU, the program says so and ends"""
    try:
        import torch
    except ImportError as e:
        missing(who, e)
        sys.exit()
    if not torch.cuda.is_available():
        missing(who, "torch.cuda finds no GPU")
        sys.exit()
    return torch
