"""What the Python peers share: the arguments that name a job, the numbers that it starts from, and the conversation in
which it is timed. The same as ../../work says in Go; see ../README.md."""
import json
import sys
import time

import numpy as np

BATCHES, GATE, RATE, CONV_RATE = 8, 10, 0.1, 0.001

# nets with convolutions, that of Gorgonia's examples and the book's two, without dropout: filters (new channels, channels, rows, columns)
# with their padding and whether a pooling follows, matrices (in, out), and whether each layer has a bias
NETS = {
    "convnet": ([((32, 1, 3, 3), 1, True), ((64, 32, 3, 3), 1, True), ((128, 64, 3, 3), 1, True)], [(1152, 625), (625, 10)], False),
    "simpleconv": ([((30, 1, 5, 5), 0, True)], [(4320, 100), (100, 10)], True),
    "deepconv": (
        [((16, 1, 3, 3), 1, False), ((16, 16, 3, 3), 1, True), ((32, 16, 3, 3), 1, False)]
        + [((32, 32, 3, 3), 2, True), ((64, 32, 3, 3), 1, False), ((64, 64, 3, 3), 1, True)],
        [(1024, 50), (50, 10)],
        True,
    ),
}


class Job:
    """NET BATCH DTYPE PIXELS THREADS, such as 784-50-10 100 float32 digits 1; NET may be a name of NETS, or with -forward"""

    def __init__(self, args):
        if len(args) != 5 or args[2] not in ("float32", "float64") or args[3] not in ("digits", "dense"):
            sys.exit("want NET BATCH DTYPE PIXELS THREADS, such as 784-50-10 100 float32 digits 1")
        self.name, self.forward = args[0].removesuffix("-forward"), args[0].endswith("-forward")
        self.widths = [784, 10] if self.name in NETS else [int(w) for w in args[0].split("-")]
        self.batch, self.threads = int(args[1]), int(args[4])
        self.dtype, self.dense = np.dtype(args[2]), args[3] == "dense"

    def start(self):
        """weights W (in, out) and biases b (out) of each layer, then 8 batches of pixels and of one-hot targets"""
        draw = Sequence()
        shapes = list(zip(self.widths, self.widths[1:]))
        ws = [((2 * draw(*s) - 1) * 0.017320508075688773).astype(self.dtype) for s in shapes]
        bs = [np.zeros(s[1], self.dtype) for s in shapes]
        return ws, bs, *self.batches(draw)

    def start_conv(self):
        """the weights of a net of NETS, of the size that He found, then the batches"""
        draw = Sequence()
        filters, matrices, _ = NETS[self.name]
        shapes = [s for s, _, _ in filters] + matrices
        inputs = [s[0] if len(s) == 2 else np.prod(s[1:]) for s in shapes]
        ws = [((2 * draw(*s) - 1) * np.sqrt(6 / n)).astype(self.dtype) for s, n in zip(shapes, inputs)]
        return ws, *self.batches(draw)

    def batches(self, draw):
        xs, ts = [], []
        for _ in range(BATCHES):
            u = draw(self.batch, self.widths[0])
            xs.append((u if self.dense else np.where(u < 0.2, 5 * u, 0)).astype(self.dtype))
            t = np.zeros((self.batch, self.widths[-1]), self.dtype)
            t[np.arange(self.batch), (draw(self.batch) * self.widths[-1]).astype(int)] = 1
            ts.append(t)
        return xs, ts


class Sequence:
    """splitmix64 (Steele, Lea and Flood, 2014) from 42, as numbers in [0, 1)"""

    def __init__(self):
        self.at = 0

    def __call__(self, *shape):
        n = int(np.prod(shape))
        with np.errstate(over="ignore"):
            z = np.uint64(42) + np.arange(self.at + 1, self.at + n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self.at += n
        return (((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def serve(version, library, load, work, loss=float, **units):
    """Says hello, then answers each line "UNIT N" with the milliseconds of one. load() brings the next batch to where work()
    reads it, outside of the clock; work() is gradient, update, and the loss after it, or what loss() makes a loss of. units(n) give
    the seconds of n."""

    def steps(n):
        total = 0.0
        for _ in range(n):
            load()
            began = time.perf_counter()
            work()
            total += time.perf_counter() - began
        return total

    units["steps"] = steps
    for _ in range(GATE):
        load()
        gate = loss(work())
    if gate - gate != 0:
        sys.exit(f"DIFFERENT WORK: the loss is {gate}")
    say(version=version, library=library, gate=gate)
    for line in sys.stdin:
        name, n = line.split()
        if name in units:
            say(ms=units[name](int(n)) * 1e3 / int(n))
        else:
            say(error="does not do " + name)


def say(**fields):
    print(json.dumps(fields), flush=True)


def openblas():
    """what the OpenBLAS of this process says of itself; empty where there is none to be found"""
    import ctypes

    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if ".so" in line and ("blas" in line)}
    except OSError:
        return ""
    for path in sorted(paths):
        for prefix in ("", "scipy_"):
            for suffix in ("", "64_"):
                try:
                    config = getattr(ctypes.CDLL(path), prefix + "openblas_get_config" + suffix)
                except (AttributeError, OSError):
                    continue
                config.restype = ctypes.c_char_p
                return config().decode()
    return ""
