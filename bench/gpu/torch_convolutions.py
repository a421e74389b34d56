"""Single convolutions in PyTorch, which are cuDNN's, in the faster of its two layouts; one line a shape and precision (see main.go).
The shapes come from standard input, as gpu -what shapes prints them."""
import sys

import work

torch = work.torch_on_gpu("PyTorch, convolutions")

STEPS = max(1, int(sys.argv[1]) // 20) if len(sys.argv) > 1 else 50
STARTS = {"x": 0, "w": 10**9, "g": 2 * 10**9, "weights": 3 * 10**9}
LAYOUTS = (torch.contiguous_format, torch.channels_last)


def operand(name, shape):
    """hashes of consecutive numbers (Knuth's multiplicative one, 32 bits), from -1 to 1"""
    n = torch.Size(shape).numel()
    hashes = torch.arange(STARTS[name], STARTS[name] + n, dtype=torch.int64, device="cuda") * 2654435761 & (2**32 - 1)
    return ((hashes >> 8).to(torch.float32) * 2.0**-23 - 1).reshape(shape)


def passes(unit, layout):
    batch, channels, size, filters, kernel, step, pad, groups = unit
    out = (size + 2 * pad - kernel) // step + 1
    shapes = dict(x=(batch, channels, size, size), w=(filters, channels // groups, kernel, kernel), g=(batch, filters, out, out))
    x, w, g = (operand(name, shape).contiguous(memory_format=layout) for name, shape in shapes.items())

    def backward(at):
        wanted = [at == 0, at == 1, False]
        return lambda: torch.ops.aten.convolution_backward(g, x, w, None, [step] * 2, [pad] * 2, [1, 1], False, [0, 0], groups, wanted)[at]

    return lambda: torch.conv2d(x, w, None, step, pad, 1, groups), backward(0), backward(1)


def microseconds(do):
    def rounds():
        for _ in range(STEPS):
            do()
        torch.cuda.synchronize()

    rounds()
    return work.median_us(STEPS, rounds)


torch.backends.cudnn.benchmark = True
with torch.inference_mode():
    for line in sys.stdin:
        numbers, title = line.rstrip("\n").split("\t")
        unit = [int(n) for n in numbers.split(",")[1:]]
        unit += [1] * (8 - len(unit))
        for tf32 in (False, True):
            torch.backends.cudnn.allow_tf32 = tf32
            who = f"PyTorch {torch.__version__}{', TF32' if tf32 else ''}"
            try:
                best, total = [], 0.0
                for layout in LAYOUTS:
                    best.append([microseconds(do) for do in passes(unit, layout)])
                for do in passes(unit, LAYOUTS[0]):
                    y = do()
                    total += (y.double() * operand("weights", tuple(y.shape)).double()).sum().item()
                print(who, title, *(f"{min(us):.1f}" for us in zip(*best)), f"{total:.6g}", sep="\t", flush=True)
            except Exception as e:
                work.missing(f"{who}, {title}", e)
