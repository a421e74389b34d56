"""A model's file of Stheno, of dense layers with sigmoid between them, in onnxruntime.

onnxruntime_serve.py FILE once          prints the nanoseconds of a prediction of one sample, the median of many
onnxruntime_serve.py FILE PORT WORKERS  answers with FastAPI on uvicorn, in as much of the Open Inference Protocol as bench/load asks
"""
import asyncio
import multiprocessing
import socket
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from safetensors.numpy import load_file


def session(path):
    net = load_file(path)
    nodes, weights, at, last = [], [], "x", len(net) // 2
    for i in range(1, last + 1):
        weights += [numpy_helper.from_array(net[f"W{i}"], f"W{i}"), numpy_helper.from_array(net[f"b{i}"], f"b{i}")]
        nodes.append(helper.make_node("Gemm", [at, f"W{i}", f"b{i}"], [f"sum{i}"]))
        at = f"out{i}"
        nodes.append(helper.make_node("Sigmoid" if i < last else "Softmax", [f"sum{i}"], [at]))
    into = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", net["W1"].shape[0]])
    out = helper.make_tensor_value_info(at, onnx.TensorProto.FLOAT, ["n", net[f"b{last}"].shape[0]])
    model = helper.make_model(helper.make_graph(nodes, "net", [into], [out], weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def once(s):
    x, times = np.random.default_rng(1).random((1, s.get_inputs()[0].shape[1]), "float32"), []
    for _ in range(5000):
        began = time.perf_counter_ns()
        s.run(None, {"x": x})
        times.append(time.perf_counter_ns() - began)
    return int(np.median(times))


def app(s):
    from fastapi import FastAPI, Request

    server = FastAPI()

    @server.get("/v2/health/ready")
    async def ready():
        return {"ready": True}

    @server.post("/v2/models/model/infer")
    async def infer(request: Request):
        given = (await request.json())["inputs"][0]
        y, = s.run(None, {"x": np.array(given["data"], "float32").reshape(given["shape"])})
        return {"model_name": "model", "outputs": [{"name": "output", "datatype": "FP32", "shape": y.shape, "data": y.ravel().tolist()}]}

    return server


def serve(path, port):
    import uvicorn

    # uvicorn's own workers get a socket that asyncio does not know for one of TCP: it then leaves out TCP_NODELAY, and every answer of
    # a lone client takes 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    try:
        asyncio.run(uvicorn.Server(uvicorn.Config(app(session(path)), log_level="warning")).serve(sockets=[listener]))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    if sys.argv[2] == "once":
        print(once(session(sys.argv[1])))
        sys.exit()
    port, workers = int(sys.argv[2]), int(sys.argv[3])
    for _ in range(workers - 1):
        multiprocessing.Process(target=serve, args=(sys.argv[1], port), daemon=True).start()
    serve(sys.argv[1], port)
