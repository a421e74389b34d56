"""Trains a net with DistributedDataParallel on gloo, in several processes of one thread each, and prints the median step, what all
processes together have spent on cores, and the loss after some steps, as JSON. A step is gradient, sums, update, and the loss of the
batch after it. bench/processes starts it:

    torch_ddp.py FOLDER MEETING PROCESSES 1x28x28 "conv 3x3/1+1 of 32, relu, ..." BATCH RATE GATE SECONDS

FOLDER has the numbers that all programs start from: params, x, t, order."""
import datetime
import json
import os
import re
import sys
import time

import numpy as np
import torch
import torch.distributed
import torch.nn.functional as F
from torch import nn

folder, meeting, processes, shape, layers, batch, rate, gate, seconds = sys.argv[1:]
processes, batch, gate, rate, seconds = int(processes), int(batch), int(gate), float(rate), float(seconds)
PATIENCE = datetime.timedelta(minutes=2)  # with a process that is gone
shape = [int(n) for n in shape.split("x")]


def layer(words, shape):
    """a layer of Stheno's description, and the shape of a sample behind it"""
    if m := re.fullmatch(r"conv (\d+)x\d+/(\d+)\+(\d+) of (\d+)", words):
        size, step, pad, filters = (int(g) for g in m.groups())
        return [nn.Conv2d(shape[0], filters, size, step, pad)], [filters] + [(n + 2 * pad - size) // step + 1 for n in shape[1:]]
    if m := re.fullmatch(r"maxpool (\d+)x\d+/(\d+)", words):
        size, step = (int(g) for g in m.groups())
        return [nn.MaxPool2d(size, step)], [shape[0]] + [(n - size) // step + 1 for n in shape[1:]]
    if m := re.fullmatch(r"dense (\d+)", words):
        flat = [nn.Flatten()] if len(shape) > 1 else []
        return flat + [nn.Linear(int(np.prod(shape)), int(m[1]))], [int(m[1])]
    if m := re.fullmatch(r"dropout (\S+)", words):
        return [nn.Dropout(float(m[1]))], shape
    return [{"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[words]()], shape


def net():
    """the net with the parameters of the folder"""
    modules, at = [], shape
    for words in layers.split(", "):
        more, at = layer(words, at)
        modules += more
    model = nn.Sequential(*modules)
    numbers = torch.from_numpy(np.fromfile(f"{folder}/params", np.float32))
    with torch.no_grad():
        for p in model.parameters():
            part, numbers = numbers[: p.numel()], numbers[p.numel() :]
            p.copy_(part.reshape(p.shape[::-1]).T if p.ndim == 2 else part.reshape(p.shape))
    return model


def train(rank):
    torch.set_num_threads(1)
    own = net()
    model = own
    if processes > 1:
        torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes, timeout=PATIENCE)
        model = nn.parallel.DistributedDataParallel(own, gradient_as_bucket_view=True)
    optimizer = torch.optim.SGD(model.parameters(), rate)
    x = torch.from_numpy(np.fromfile(f"{folder}/x", np.float32)).reshape(-1, *shape)
    t = torch.from_numpy(np.fromfile(f"{folder}/t", np.float32)).reshape(len(x), -1)
    order = torch.from_numpy(np.fromfile(f"{folder}/order", np.int32)).long().reshape(-1, batch)
    mine = [rows.tensor_split(processes)[rank] for rows in order]

    def total(v):
        """a number's sum over the processes"""
        v = torch.tensor([v], dtype=torch.float64)
        if processes > 1:
            torch.distributed.all_reduce(v)
        return v.item()

    def step(i):
        rows = mine[i % len(mine)]
        bx, bt = x[rows], t[rows]
        share = len(rows) * processes / batch  # DistributedDataParallel takes the mean of the processes' gradients
        model.train()
        optimizer.zero_grad(set_to_none=False)
        (F.cross_entropy(model(bx), bt) * share).backward()
        optimizer.step()
        model.eval()
        with torch.inference_mode():
            return total(F.cross_entropy(own(bx), bt).item() * len(rows) / batch)

    for i in range(gate):
        loss = step(i)
    began = time.perf_counter()
    i, took, spent = gate, [], 0
    # all stop after the same step: when the first process says so
    while True:
        at = time.perf_counter()
        warm = at - began > seconds / 4
        if warm and not spent:
            spent = time.process_time()
        step(i)
        i += 1
        now = time.perf_counter()
        if warm:
            took.append(now - at)
        if i % 4 == 0 and total(float(rank == 0 and now - began > seconds and len(took) > 0)) > 0:
            break
    cpu = total((time.process_time() - spent) / max(len(took), 1))
    if rank == 0:
        print(json.dumps({"MS": float(np.median(took)) * 1e3, "CPU": cpu * 1e3, "Loss": loss}), flush=True)
    if processes > 1:
        torch.distributed.destroy_process_group()
        os._exit(0)  # gloo's threads can abort a process that ends in the usual way


if __name__ == "__main__":
    if processes == 1:
        train(0)
    else:
        torch.multiprocessing.spawn(train, nprocs=processes)
