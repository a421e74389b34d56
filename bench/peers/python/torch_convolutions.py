"""Single convolutions in PyTorch, float32, with its images in the layout that is the faster one of contiguous and channels last. It
takes as many threads as OMP_NUM_THREADS says. A line "PASS,BATCH,CHANNELS,SIZE,FILTERS,KERNEL,STEP,PAD N", perhaps with ",GROUPS" behind
PAD, is answered with the milliseconds of one of N; if N is one, also with the sum of the result's numbers, each with the weight of its
place, and the sum of their magnitudes."""
import sys
import time

import numpy as np
import torch

import torch_about
import work

STARTS = {"x": 0, "w": 10**9, "g": 2 * 10**9, "weights": 3 * 10**9}
LAYOUTS = (torch.contiguous_format, torch.channels_last)


def operand(name, shape):
    """hashes of consecutive numbers (Knuth's multiplicative one, 32 bits), from -1 to 1"""
    n = int(np.prod(shape))
    hashes = (np.arange(STARTS[name], STARTS[name] + n, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(2**32 - 1)
    return torch.from_numpy((hashes >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)).reshape(shape)


class Pass:
    def __init__(self, unit):
        kind, *sizes = unit.split(",")
        batch, channels, size, filters, kernel, step, pad, groups = map(int, (sizes + ["1"])[:8])
        out = (size + 2 * pad - kernel) // step + 1
        shapes = dict(x=(batch, channels, size, size), w=(filters, channels // groups, kernel, kernel), g=(batch, filters, out, out))
        values = {name: operand(name, shape) for name, shape in shapes.items()}
        self.ways = [self.way(kind, step, pad, groups, **{k: v.contiguous(memory_format=f) for k, v in values.items()}) for f in LAYOUTS]
        times = []
        for do in self.ways:
            do()
            times.append(min(timed(do, 1) for _ in range(3)))
        self.do = self.ways[times.index(min(times))]

    def way(self, kind, step, pad, groups, x, w, g):
        if kind == "forward":
            return lambda: torch.conv2d(x, w, None, step, pad, 1, groups)
        wanted = [kind == "data", kind == "weights", False]

        def backward():
            grads = torch.ops.aten.convolution_backward(g, x, w, None, [step] * 2, [pad] * 2, [1, 1], False, [0, 0], groups, wanted)
            return grads[wanted.index(True)]

        return backward


def timed(do, n):
    began = time.perf_counter()
    for _ in range(n):
        do()
    return time.perf_counter() - began


work.say(version=torch.__version__, library=torch_about.library())
last = None
with torch.inference_mode():
    for line in sys.stdin:
        unit, n = line.split()
        if unit != last:
            one, last = Pass(unit), unit
        answer = dict(ms=timed(one.do, int(n)) * 1e3 / int(n))
        if n == "1":
            y = one.do()
            y = y.double() * operand("weights", tuple(y.shape)).double()
            answer.update(sum=y.sum().item(), size=y.abs().sum().item())
        work.say(**answer)
