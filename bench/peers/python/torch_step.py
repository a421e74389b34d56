"""The step in PyTorch, with its own autograd. The first argument says how: eager or compile (torch.compile)."""
import itertools
import sys

import torch
import torch.nn.functional as F

import torch_about
import work

how = sys.argv[1]
job = work.Job(sys.argv[2:])
torch.set_num_threads(job.threads)
ws, bs, xs, ts = job.start()
params = [torch.tensor(p, requires_grad=True) for pair in zip(ws, bs) for p in pair]
xs, ts = [torch.tensor(v) for v in xs], [torch.tensor(v) for v in ts]
x, t = xs[0].clone(), ts[0].clone()
batches = itertools.cycle(zip(xs, ts))


def load():
    for to, new in zip((x, t), next(batches)):
        to.copy_(new)


def loss_of(params, x, t):
    for i in range(0, len(params), 2):
        x = torch.addmm(params[i + 1], torch.sigmoid(x) if i > 0 else x, params[i])
    return F.cross_entropy(x, t)


def step(params, x, t):
    grads = torch.autograd.grad(loss_of(params, x, t), params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p.sub_(g, alpha=work.RATE)
        return loss_of(params, x, t)


one = torch.compile(step) if how == "compile" else step
work.serve(torch.__version__, torch_about.library(), load, lambda: one(params, x, t).item())
