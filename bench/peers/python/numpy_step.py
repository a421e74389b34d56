"""The training step after the book, in NumPy (4.5.2), and the loss evaluations of its numerical gradient (4.4.2)."""
import itertools
import sys
import time

import numpy as np

import work
from book import Net

job = work.Job(sys.argv[1:])
ws, bs, xs, ts = job.start()
net, lr = Net(ws, bs), job.dtype.type(work.RATE)
x, t = np.empty_like(xs[0]), np.empty_like(ts[0])
batches = itertools.cycle(zip(xs, ts))


def load():
    for to, new in zip((x, t), next(batches)):
        np.copyto(to, new)


def evaluations(n):
    """loss evaluations as the book's numerical_gradient makes them, two for each parameter"""
    elements = ((p.reshape(-1), i) for p in itertools.cycle(itertools.chain(*zip(ws, bs))) for i in range(p.size))
    began = time.perf_counter()
    for flat, i in itertools.islice(elements, max(n // 2, 1)):
        v = flat[i]
        flat[i] = v + 1e-4
        net.loss(x, t)
        flat[i] = v - 1e-4
        net.loss(x, t)
        flat[i] = v
    return time.perf_counter() - began


work.serve(np.__version__, work.openblas(), load, lambda: net.learn(x, t, lr), evaluations=evaluations)
