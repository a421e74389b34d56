"""A net of work.NETS in PyTorch: a step, which is gradient and update and gives the loss that the
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
filters, matrices, biased = work.NETS[job.name]
new = [w.shape[0] if w.ndim == 4 else w.shape[1] for w in ws]
params = [torch.tensor(w, requires_grad=not job.forward) for w in ws]
biases = [torch.zeros(n, dtype=w.dtype, requires_grad=not job.forward) for n, w in zip(new, params)] if biased else []
xs, ts = [torch.tensor(v).reshape(-1, 1, 28, 28) for v in xs], [torch.tensor(v) for v in ts]
x, t = xs[0].clone(), ts[0].clone()
batches = itertools.cycle(zip(xs, ts))


def load():
    for to, new in zip((x, t), next(batches)):
        to.copy_(new)


def scores_of(params, x):
    ws, bs = params[: len(new)], params[len(new) :] or [None] * len(new)
    for (_, pad, pools), w, b in zip(filters, ws, bs):
        x = F.relu(F.conv2d(x, w, b, padding=pad))
        x = F.max_pool2d(x, 2) if pools else x
    x = x.flatten(1)
    for i, (w, b) in enumerate(zip(ws[len(filters) :], bs[len(filters) :])):
        x = F.relu(x) if i > 0 else x
        x = torch.addmm(b, x, w) if biased else x @ w
    return x


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
params += biases
work.serve(torch.__version__, torch_about.library(), load, lambda: one(params, x, t), loss)
