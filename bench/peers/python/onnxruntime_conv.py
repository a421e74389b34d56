"""The forward pass of the convnet of Gorgonia's examples in onnxruntime."""
import itertools
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import work

job = work.Job(sys.argv[1:])
if not job.forward or job.name != "convnet":
    sys.exit("onnxruntime does convnet-forward only")
ws, xs, ts = job.start_conv()


def layers():
    """nodes, each of which reads the value that the one before it makes"""
    at, n = "x", 0

    def then(op, *weights, **how):
        nonlocal at, n
        n += 1
        before, at = at, f"value{n}"
        return helper.make_node(op, [before, *weights], [at], **how)

    for i in range(3):
        yield then("Conv", f"w{i}", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        yield then("Relu")
        yield then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    yield then("Flatten")
    yield then("MatMul", "w3")
    yield then("Relu")
    yield then("MatMul", "w4")


def model():
    nodes = list(layers())
    kind = helper.np_dtype_to_tensor_dtype(job.dtype)
    into = helper.make_tensor_value_info("x", kind, [job.batch, 1, 28, 28])
    out = helper.make_tensor_value_info(nodes[-1].output[0], kind, [job.batch, 10])
    graph = helper.make_graph(nodes, "convnet", [into], [out], [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(ws)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


options = onnxruntime.SessionOptions()
options.intra_op_num_threads, options.inter_op_num_threads = job.threads, 1
session = onnxruntime.InferenceSession(model(), options, providers=["CPUExecutionProvider"])
batches = itertools.cycle(zip(xs, ts))
x = t = None


def load():
    global x, t
    x, t = next(batches)
    x = x.reshape(-1, 1, 28, 28)


def loss(scores):
    y = scores[0].astype(np.float64)
    y -= y.max(axis=1, keepdims=True)
    return float(-(t * (y - np.log(np.exp(y).sum(axis=1, keepdims=True)))).sum() / len(t))


work.serve(onnxruntime.__version__, f"ONNX {onnx.__version__}", load, lambda: session.run(None, {"x": x}), loss)
