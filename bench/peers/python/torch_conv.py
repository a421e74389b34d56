"""The convnet of Gorgonia's examples in PyTorch, without dropout: a step, which is gradient and update and gives the loss that the
gradient is of, or the forward pass. The first argument says how: eager or compile (torch.compile)."""
import itertools
import sys

import torch
import torch.nn.functional as F

import torch_about
import work

how = sys.argv[1]
job = work.Job(sys.argv[2:])
torch.set_num_threads(job.threads)
ws, xs, ts = job.start_conv()
params = [torch.tensor(w, requires_grad=not job.forward) for w in ws]
xs, ts = [torch.tensor(v).reshape(-1, 1, 28, 28) for v in xs], [torch.tensor(v) for v in ts]
x, t = xs[0].clone(), ts[0].clone()
batches = itertools.cycle(zip(xs, ts))


def load():
    for to, new in zip((x, t), next(batches)):
        to.copy_(new)


def scores_of(params, x):
    *filters, hidden, last = params
    for w in filters:
        x = F.max_pool2d(F.relu(F.conv2d(x, w, padding=1)), 2)
    return F.relu(x.flatten(1) @ hidden) @ last


def step(params, x, t):
    loss = F.cross_entropy(scores_of(params, x), t)
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p.sub_(g, alpha=work.CONV_RATE)
    return loss.detach()


def forward(params, x, t):
    with torch.inference_mode():
        return scores_of(params, x)


one = forward if job.forward else step
if how == "compile":
    one = torch.compile(one)
loss = (lambda y: F.cross_entropy(y, t).item()) if job.forward else float
work.serve(torch.__version__, torch_about.library(), load, lambda: one(params, x, t), loss)
