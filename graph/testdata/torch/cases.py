"""Random cases of layers and what PyTorch makes of them, in float64, one a line of JSON: python3 cases.py SEED COUNT

A case draws all its numbers from one sequence that starts at "start": its leaves (inputs and parameters), then, of a batch
normalisation, the running means and variances, then the weights c of the result y, of which Σ c·y is the cost, then for each leaf
weights of its gradient, then weights of the running statistics after the run. "sums" are the cost, and the weighted sum of each
leaf's gradient and of each running statistic. ../../torch_test.go draws the same and holds the engines to them."""
import json
import random
import sys

import torch
import torch.nn.functional as F

MASK = 2**64 - 1


class Sequence:
    """splitmix64 (Steele, Lea and Flood, 2014), as numbers in [-1, 1)"""

    def __init__(self, start):
        self.at = start

    def next(self):
        self.at = (self.at + 0x9E3779B97F4A7C15) & MASK
        z = self.at
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-52 - 1

    def tensor(self, *shape):
        n = torch.Size(shape).numel()
        return torch.tensor([self.next() for _ in range(n)], dtype=torch.float64).reshape(shape)


# Each kind draws the shapes of its leaves, whole numbers and others; run gives the result.


class Conv:
    def draw(r):
        kernel, dilation = [r.randint(1, 5), r.randint(1, 5)], [r.choice((1, 1, 2, 3)), r.choice((1, 1, 2))]
        stride, pad = [r.randint(1, 3), r.randint(1, 3)], [r.randint(0, 3), r.randint(0, 3)]
        if r.random() < 0.15:  # along one axis
            kernel[0], dilation[0], pad[0] = 1, 1, 0
        size = [max(1, d * (k - 1) + 1 - 2 * p) + r.randint(0, 6) for k, d, p in zip(kernel, dilation, pad)]
        channels = r.choice((1, 2, 3, 5, 8, 17))
        return [[r.randint(1, 3), channels] + size, [r.choice((1, 2, 4, 7, 33)), channels] + kernel], pad + stride + dilation, []

    def run(leaves, ints, reals, stats):
        return F.conv2d(*leaves, padding=ints[:2], stride=ints[2:4], dilation=ints[4:])


class GroupConv:
    """padding may differ on all sides: above, left, below, right"""

    def draw(r):
        groups = r.choice((2, 3, 4, 6, 16, 17, 32))
        old, new = r.choice(((1, 1), (1, 1), (1, 2), (3, 1), (2, 2), (4, 4), (5, 3)))
        kernel, dilation = [r.randint(1, 4), r.randint(1, 4)], [r.choice((1, 1, 2)), r.choice((1, 1, 2))]
        stride, pad = [r.randint(1, 3), r.randint(1, 3)], [r.randint(0, 3) for _ in range(4)]
        if r.random() < 0.15:  # along one axis
            kernel[0], dilation[0], pad[0], pad[2] = 1, 1, 0, 0
        size = [max(1, dilation[i] * (kernel[i] - 1) + 1 - pad[i] - pad[2 + i]) + r.randint(0, 6) for i in range(2)]
        return [[r.randint(1, 3), groups * old] + size, [groups * new, old] + kernel], [groups] + pad + stride + dilation, []

    def run(leaves, ints, reals, stats):
        groups, top, left, bottom, right = ints[:5]
        return F.conv2d(F.pad(leaves[0], (left, right, top, bottom)), leaves[1], stride=ints[5:7], dilation=ints[7:], groups=groups)


class GroupConvTranspose:
    def draw(r):
        groups = r.choice((1, 2, 3, 16, 17))
        old, new = r.choice(((1, 1), (1, 1), (1, 3), (2, 1), (4, 4)))
        kernel, dilation = [r.randint(1, 4), r.randint(1, 4)], [r.choice((1, 1, 2)), r.choice((1, 1, 2))]
        stride = [r.randint(1, 3), r.randint(1, 3)]
        pad = [r.randint(0, (d * (k - 1)) // 2) for k, d in zip(kernel, dilation)]
        return [[r.randint(1, 3), groups * old, r.randint(1, 6), r.randint(1, 6)], [groups * old, new] + kernel], [groups] + pad + stride + dilation, []

    def run(leaves, ints, reals, stats):
        return F.conv_transpose2d(*leaves, groups=ints[0], padding=ints[1:3], stride=ints[3:5], dilation=ints[5:])


def windows(r):
    kernel = [r.randint(1, 4), r.randint(1, 4)]
    pad = [r.randint(0, k // 2) for k in kernel]  # PyTorch takes no more
    size = [max(1, k - 2 * p) + r.randint(0, 7) for k, p in zip(kernel, pad)]
    return [[r.randint(1, 3), r.choice((1, 2, 3, 5))] + size], kernel + pad + [r.randint(1, 4), r.randint(1, 4)], []


class MaxPool:
    draw = windows

    def run(leaves, ints, reals, stats):
        return F.max_pool2d(*leaves, ints[:2], padding=ints[2:4], stride=ints[4:])


class AveragePool:
    draw = windows

    def run(leaves, ints, reals, stats):
        return F.avg_pool2d(*leaves, ints[:2], padding=ints[2:4], stride=ints[4:], count_include_pad=True)


def normed(r):
    """samples by units, or images, with a scale and a bias for each unit or channel"""
    units = r.randint(1, 5)
    rest = r.choice(([], [r.randint(1, 5), r.randint(1, 5)]))
    return [[r.randint(2, 6), units] + rest] + 2 * [[1, units] + [1] * len(rest)]


class BatchNorm:
    def draw(r):
        return normed(r), [], [r.choice((0.1, 0.5, 0.9)), r.choice((1e-5, 1e-3))]

    def run(leaves, ints, reals, stats):
        x, scale, bias = leaves
        return F.batch_norm(x, *stats, scale.flatten(), bias.flatten(), True, *reals)


class BatchNormEvaluating:
    draw = BatchNorm.draw

    def run(leaves, ints, reals, stats):
        x, scale, bias = leaves
        return F.batch_norm(x, *stats, scale.flatten(), bias.flatten(), False, *reals)


class GroupNorm:
    def draw(r):
        groups = r.randint(1, 3)
        units = groups * r.randint(1, 3)
        return [[r.randint(1, 4), units, r.randint(2, 4), r.randint(1, 4)]] + 2 * [[1, units, 1, 1]], [groups], [r.choice((1e-5, 1e-3))]

    def run(leaves, ints, reals, stats):
        x, scale, bias = leaves
        return F.group_norm(x, ints[0], scale.flatten(), bias.flatten(), reals[0])


def anything(r):
    return [r.randint(1, 5) for _ in range(r.choice((2, 4)))]


class LeakyReLU:
    def draw(r):
        return [anything(r)], [], [r.choice((0.01, 0.1, 0.3))]

    def run(leaves, ints, reals, stats):
        return F.leaky_relu(*leaves, reals[0])


class SoftMax:
    def draw(r):
        shape = anything(r)
        return [shape], [r.randrange(len(shape))], []

    def run(leaves, ints, reals, stats):
        return F.softmax(*leaves, ints[0])


class LogSoftMax:
    draw = SoftMax.draw

    def run(leaves, ints, reals, stats):
        return F.log_softmax(*leaves, ints[0])


class Upsample:
    def draw(r):
        return [[r.randint(1, 3), r.randint(1, 4), r.randint(1, 5), r.randint(1, 5)]], [r.randint(1, 4)], []

    def run(leaves, ints, reals, stats):
        return F.interpolate(*leaves, scale_factor=ints[0], mode="nearest")


class GlobalAverage:
    """Gorgonia has no derivative of it"""

    def draw(r):
        return [[r.randint(1, 3), r.randint(1, 5), r.randint(1, 6), r.randint(1, 6)]], [], []

    def run(leaves, ints, reals, stats):
        return leaves[0].mean((2, 3))


# how many of twenty cases
KINDS = 4 * [Conv] + 3 * [GroupConv] + [GroupConvTranspose] + 3 * [MaxPool] + 3 * [AveragePool] + [BatchNorm, BatchNormEvaluating, GroupNorm, LeakyReLU, SoftMax]


def case(seed, i):
    r = random.Random(f"{seed}/{i}")
    kind = (KINDS + [r.choice((LogSoftMax, Upsample, BatchNorm, GlobalAverage))])[i % 20]
    shapes, ints, reals = kind.draw(r)
    start = r.getrandbits(63)
    numbers = Sequence(start)
    leaves = [numbers.tensor(*s).requires_grad_() for s in shapes]
    stats = []
    if kind in (BatchNorm, BatchNormEvaluating):
        units = shapes[0][1]
        stats = [numbers.tensor(units), 1.5 + numbers.tensor(units)]
    y = kind.run(leaves, ints, reals, stats)
    cost = (y * numbers.tensor(*y.shape)).sum()
    grads = torch.autograd.grad(cost, leaves) if kind is not GlobalAverage else []
    sums = [cost] + [(v * numbers.tensor(*v.shape)).sum() for v in (*grads, *stats)]
    return dict(op=kind.__name__, start=start, shapes=shapes, ints=ints, reals=reals, result=list(y.shape), sums=[float(s.detach()) for s in sums])


if len(sys.argv) != 3 or not all(a.isdigit() for a in sys.argv[1:]):
    sys.exit("want SEED COUNT, such as 1 500")
print(json.dumps({"torch": torch.__version__.split("+")[0], "seed": int(sys.argv[1])}))
for i in range(int(sys.argv[2])):
    print(json.dumps(case(int(sys.argv[1]), i), separators=(",", ":")))
