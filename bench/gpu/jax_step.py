"""The step in JAX: jit, and jit of a scan over steps. Prints one line a job (see main.go). float32 without TF32."""
import sys

import work

try:
    import jax
    import jax.numpy as jnp
except ImportError as e:
    work.missing("JAX", e)
    sys.exit()
if jax.default_backend() != "gpu":
    work.missing("JAX", f"it runs on {jax.default_backend()}, not on a GPU")
    sys.exit()

jax.config.update("jax_default_matmul_precision", "highest")
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def loss(params, x, t):
    w1, b1, w2, b2 = params
    return -jnp.sum(t * jax.nn.log_softmax(jax.nn.sigmoid(x @ w1 + b1) @ w2 + b2)) / x.shape[0]


def step(params, x, t):
    params = tuple(p - work.RATE * g for p, g in zip(params, jax.grad(loss)(params, x, t)))
    return params, loss(params, x, t)


one = jax.jit(step, donate_argnums=0)
many = jax.jit(lambda params, x, t: jax.lax.scan(lambda p, _: step(p, x, t), params, None, length=STEPS), donate_argnums=0)

for hidden, batch in work.JOBS:
    params, xs, ts = work.start(hidden, batch)
    params = tuple(jnp.asarray(p) for p in params)
    for i in range(work.GATE):
        params, gate = one(params, xs[i % work.BATCHES], ts[i % work.BATCHES])
    x, t = jnp.asarray(xs[0]), jnp.asarray(ts[0])

    def synchronised():
        global params
        for _ in range(STEPS):
            params, last = one(params, x, t)
            float(last)

    def queued():
        global params
        params, lasts = many(params, x, t)
        float(lasts[-1])

    synchronised()
    queued()  # both compiled
    work.row(f"JAX {jax.__version__}, jit and scan", f"784-{hidden}-10 batch {batch}", work.median_us(STEPS, synchronised), work.median_us(STEPS, queued), float(gate))
