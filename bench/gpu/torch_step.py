"""The step in PyTorch: eager, torch.compile and CUDA graphs. Prints one line a way and job (see main.go). float32, without TF32 unless
it says so; convolutions are cuDNN's, which tries its ways out first."""
import sys

import numpy as np

import peers  # ../peers/python/work.py
import work

torch = work.torch_on_gpu("PyTorch")
import torch.nn.functional as F  # noqa: E402: where there is PyTorch

DEVICE = "cuda"
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


class Job:
    """params on the GPU, a function of them and a batch that gives scores, and the batches"""

    def __init__(self, title, rate, params, scores, xs, ts, steps):
        self.title, self.rate, self.scores, self.steps = title, rate, scores, steps
        self.params = [torch.tensor(p, device=DEVICE, requires_grad=True) for p in params]
        self.xs, self.ts = torch.tensor(xs, device=DEVICE), torch.tensor(ts, device=DEVICE)
        self.x, self.t = self.xs[0].clone(), self.ts[0].clone()

    def load(self, i):
        self.x.copy_(self.xs[i % work.BATCHES])
        self.t.copy_(self.ts[i % work.BATCHES])

    def step(self, params, x, t):
        """gradient, update, and the loss after it"""
        grads = torch.autograd.grad(F.cross_entropy(self.scores(params, x), t), params)
        with torch.no_grad():
            for p, g in zip(params, grads):
                p.sub_(self.rate * g)
            return F.cross_entropy(self.scores(params, x), t)


def affine(hidden, batch):
    params, xs, ts = work.start(hidden, batch)

    def scores(params, x):
        w1, b1, w2, b2 = params
        return torch.sigmoid(x @ w1 + b1) @ w2 + b2

    return Job(f"784-{hidden}-10 batch {batch}", work.RATE, params, scores, xs, ts, STEPS)


def convolutions(name, batch):
    ws, xs, ts = peers.Job([name, str(batch), "float32", "digits", "1"]).start_conv()
    filters, _, biased = peers.NETS[name]
    bs = [np.zeros(w.shape[0] if w.ndim == 4 else w.shape[1], w.dtype) for w in ws] if biased else []

    def scores(params, x):
        x, layers = x.reshape(-1, 1, 28, 28), list(zip(params[: len(ws)], params[len(ws) :] or [None] * len(ws)))
        for (_, pad, pools), (w, b) in zip(filters, layers):
            x = F.relu(F.conv2d(x, w, b, padding=pad))
            x = F.max_pool2d(x, 2) if pools else x
        x = x.flatten(1)
        for i, (w, b) in enumerate(layers[len(filters) :]):
            x = (F.relu(x) if i > 0 else x) @ w if b is None else torch.addmm(b, F.relu(x) if i > 0 else x, w)
        return x

    return Job(f"{name} batch {batch}", peers.CONV_RATE, ws + bs, scores, np.stack(xs), np.stack(ts), max(1, STEPS // 10))


def eager(job):
    return lambda: job.step(job.params, job.x, job.t)


def compiled(job):
    f = torch.compile(job.step)
    return lambda: f(job.params, job.x, job.t)


def graphed(job):
    keep = [p.detach().clone() for p in job.params]
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            job.step(job.params, job.x, job.t)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = job.step(job.params, job.x, job.t)
    with torch.no_grad():
        for p, k in zip(job.params, keep):
            p.copy_(k)

    def run():
        graph.replay()
        return loss

    return run


def measure(who, make, new):
    title = who
    try:
        job = new()
        title = f"{who}, {job.title}"
        run = make(job)
        for i in range(work.GATE):
            job.load(i)
            loss = run()
        gate = loss.item()

        def synchronised():
            for _ in range(job.steps):
                run().item()

        def queued():
            for _ in range(job.steps):
                last = run()
            last.item()

        work.row(who, job.title, work.median_us(job.steps, synchronised), work.median_us(job.steps, queued), gate)
    except Exception as e:  # one way that does not work on this machine must not hide the others
        work.missing(title, e)


torch.backends.cudnn.benchmark = True
jobs = [lambda h=h, b=b: affine(h, b) for h, b in work.JOBS] + [lambda n=n: convolutions(n, 100) for n in ("convnet", "simpleconv", "deepconv")]
WAYS = (("eager", eager, False), ("CUDA graphs", graphed, False), ("CUDA graphs, TF32", graphed, True), ("compile", compiled, False))
for who, make, tf32 in WAYS:  # what takes longest to begin is last
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    for new in jobs:
        measure(f"PyTorch {torch.__version__}, {who}", make, new)
