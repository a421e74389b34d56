"""The step in PyTorch: eager, torch.compile and CUDA graphs. Prints one line a way and job (see main.go). float32, without TF32 unless
it says so."""
import sys

import work

try:
    import torch
    import torch.nn.functional as F
except ImportError as e:
    work.missing("PyTorch", e)
    sys.exit()
if not torch.cuda.is_available():
    work.missing("PyTorch", "torch.cuda finds no GPU")
    sys.exit()

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


class Job:
    def __init__(self, hidden, batch):
        params, xs, ts = work.start(hidden, batch)
        self.params = [torch.tensor(p, device="cuda", requires_grad=True) for p in params]
        self.xs, self.ts = torch.tensor(xs, device="cuda"), torch.tensor(ts, device="cuda")
        self.x, self.t = self.xs[0].clone(), self.ts[0].clone()

    def load(self, i):
        self.x.copy_(self.xs[i % work.BATCHES])
        self.t.copy_(self.ts[i % work.BATCHES])


def step(params, x, t):
    """gradient, update, and the loss after it"""

    def loss():
        w1, b1, w2, b2 = params
        return F.cross_entropy(torch.sigmoid(x @ w1 + b1) @ w2 + b2, t)

    grads = torch.autograd.grad(loss(), params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p.sub_(work.RATE * g)
        return loss()


def eager(job):
    return lambda: step(job.params, job.x, job.t)


def compiled(job):
    f = torch.compile(step)
    return lambda: f(job.params, job.x, job.t)


def graphed(job):
    keep = [p.detach().clone() for p in job.params]
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step(job.params, job.x, job.t)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step(job.params, job.x, job.t)
    with torch.no_grad():
        for p, k in zip(job.params, keep):
            p.copy_(k)

    def run():
        graph.replay()
        return loss

    return run


def measure(who, make, hidden, batch):
    try:
        job = Job(hidden, batch)
        run = make(job)
        for i in range(work.GATE):
            job.load(i)
            loss = run()
        gate = loss.item()

        def synchronised():
            for _ in range(STEPS):
                run().item()

        def queued():
            for _ in range(STEPS):
                last = run()
            last.item()

        work.row(who, hidden, batch, work.median_us(STEPS, synchronised), work.median_us(STEPS, queued), gate)
    except Exception as e:  # one way that does not work on this machine must not hide the others
        work.missing(f"{who}, 784-{hidden}-10 batch {batch}", e)


for hidden, batch in work.JOBS:
    torch.backends.cuda.matmul.allow_tf32 = False
    for who, make in (("eager", eager), ("compile", compiled), ("CUDA graphs", graphed)):
        measure(f"PyTorch {torch.__version__}, {who}", make, hidden, batch)
    torch.backends.cuda.matmul.allow_tf32 = True
    measure(f"PyTorch {torch.__version__}, CUDA graphs, TF32", graphed, hidden, batch)
