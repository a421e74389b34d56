"""The step in JAX: one jit of gradient, update and loss, its parameters donated. XLA takes as many threads as the process
may use cores, so the threads are held to by cores."""
import itertools
import os
import sys

import work

job = work.Job(sys.argv[1:])
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job.threads])

import jax  # noqa: E402: it counts the cores when it is loaded
import jax.numpy as jnp  # noqa: E402

jax.config.update("jax_enable_x64", job.dtype == "float64")
ws, bs, xs, ts = job.start()
cpu = jax.devices("cpu")[0]


def put(v):
    return jax.device_put(v, cpu)


params = [(put(w), put(b)) for w, b in zip(ws, bs)]
batches = itertools.cycle([(put(x), put(t)) for x, t in zip(xs, ts)])
batch = None


def load():
    global batch
    batch = next(batches)


def loss_of(params, x, t):
    for i, (w, b) in enumerate(params):
        x = (jax.nn.sigmoid(x) if i > 0 else x) @ w + b
    return -jnp.sum(t * jax.nn.log_softmax(x)) / x.shape[0]


def update(params, x, t):
    grads = jax.grad(loss_of)(params, x, t)
    params = [(w - work.RATE * dw, b - work.RATE * db) for (w, b), (dw, db) in zip(params, grads)]
    return params, loss_of(params, x, t)


one = jax.jit(update, donate_argnums=0)


def step():
    global params
    params, loss = one(params, *batch)
    return float(loss)


work.serve(jax.__version__, "XLA, its CPU backend", load, step)
