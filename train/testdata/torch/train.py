"""Trains the net that each line of standard input describes, in float64, and prints its losses, its rates and its parameters at the end.

The net is affine layers with tanh between them and softmax cross-entropy behind them; all steps are on one batch. Weights come as
(in, out), as Stheno has them."""
import json
import sys

import torch
from torch.optim import lr_scheduler

torch.set_num_threads(1)


def train(job):
    double = torch.float64
    params = {name: torch.tensor(v, dtype=double, requires_grad=True) for name, v in job["params"].items()}
    x, labels = torch.tensor(job["x"], dtype=double), torch.tensor(job["labels"])

    def loss():
        y = x
        for i in range(1, len(params) // 2 + 1):
            y = y @ params[f"W{i}"] + params[f"b{i}"]
            if i < len(params) // 2:
                y = torch.tanh(y)
        return torch.nn.functional.cross_entropy(y, labels)

    optimizer = getattr(torch.optim, job["optimizer"])(params.values(), lr=job["lr"], **(job["settings"] or {}))
    schedules = [getattr(lr_scheduler, name)(optimizer, **settings) for name, settings in job["schedules"] or []]
    if len(schedules) > 1:
        schedules = [lr_scheduler.SequentialLR(optimizer, schedules, job["milestones"])]
    losses, rates = [], []
    for _ in range(job["steps"]):
        optimizer.zero_grad()
        loss().backward()
        if job["clip"]:
            torch.nn.utils.clip_grad_norm_(params.values(), job["clip"])
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for s in schedules:
            s.step()
        losses.append(loss().item())
    return {"torch": torch.__version__, "losses": losses, "rates": rates, "params": {n: p.tolist() for n, p in params.items()}}


for line in sys.stdin:
    print(json.dumps(train(json.loads(line))))
