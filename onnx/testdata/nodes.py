# Writes the tests that ONNX has of its operators, and those of PyTorch's that it keeps as models, as a folder each with model.onnx and
# its inputs and outputs: each STEP-th case from the one numbered FIRST on. A STEP of 1 is all, and whole networks, whose weights are all
# alike, and where ONNX Runtime is some of them with random weights:
#
#   python3 onnx/testdata/nodes.py FOLDER STEP FIRST
import pathlib
import shutil
import sys
import warnings

import numpy
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.loader import DATA_DIR

warnings.simplefilter("ignore")
out, step, first = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
out.mkdir()


def tensor(value):
    if isinstance(value, onnx.TensorProto):
        return value
    if isinstance(value, numpy.ndarray) or numpy.isscalar(value):
        return numpy_helper.from_array(numpy.asarray(value))
    return None  # a sequence, a map, nothing


for case in collect_testcases(None)[first::step]:
    folder = out / case.name
    folder.mkdir(parents=True)
    onnx.save(case.model, folder / "model.onnx")
    for kind, values in zip(("input", "output"), case.data_sets[0]):
        for i, value in enumerate(values):
            try:
                proto = tensor(value)
            except Exception:
                proto = None
            if proto is not None:
                (folder / f"{kind}_{i}.pb").write_bytes(proto.SerializeToString())

for kind in ("pytorch-converted", "pytorch-operator", "simple"):
    for folder in sorted(pathlib.Path(DATA_DIR, kind).iterdir())[first::step]:
        to = out / f"{kind}-{folder.name}"
        to.mkdir()
        shutil.copy(folder / "model.onnx", to)
        for file in (folder / "test_data_set_0").glob("*.pb"):
            shutil.copy(file, to)


def randomise(graph, random):
    """Gives a network random weights in the place of those that ConstantOfShape makes."""
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    use = {name: (node.op_type, i) for node in graph.node for i, name in enumerate(node.input)}
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type != "ConstantOfShape" or node.input[0] not in known:
            graph.node.append(node)
            continue
        shape = tuple(known[node.input[0]])
        if use.get(node.output[0]) in (("BatchNormalization", 1), ("BatchNormalization", 4)):  # scales and variances
            values = random.uniform(0.5, 1.5, shape)
        else:
            values = random.standard_normal(shape) * (numpy.sqrt(2 / numpy.prod(shape[1:])) if len(shape) > 1 else 0.1)
        graph.initializer.append(numpy_helper.from_array(values.astype(numpy.float32), node.output[0]))


def with_random_weights(name):
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    model = onnx.load(pathlib.Path(DATA_DIR, "light", f"light_{name}.onnx"))
    random = numpy.random.default_rng(1)
    randomise(model.graph, random)
    folder = out / f"network-random-{name}"
    folder.mkdir()
    onnx.save(model, folder / "model.onnx")
    known = {tensor.name for tensor in model.graph.initializer}
    given = next(value for value in model.graph.input if value.name not in known)
    x = random.standard_normal([d.dim_value or 1 for d in given.type.tensor_type.shape.dim]).astype(numpy.float32)
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    y = session.run(None, {given.name: x})[0]
    for file, value in (("input_0.pb", x), ("output_0.pb", y)):
        (folder / file).write_bytes(numpy_helper.from_array(value).SerializeToString())


if step == 1:
    try:
        for name in ("densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet"):
            with_random_weights(name)
    except ImportError:
        pass
for file in sorted(pathlib.Path(DATA_DIR, "light").glob("*.onnx")) if step == 1 else ():
    folder = out / f"network-{file.stem}"
    folder.mkdir()
    shutil.copy(file, folder / "model.onnx")
    shutil.copy(file.with_name(file.stem + "_output_0.pb"), folder / "output_0.pb")
    graph = onnx.load(file).graph
    known = {tensor.name for tensor in graph.initializer}
    given = next(value for value in graph.input if value.name not in known)
    shape = [d.dim_value or 1 for d in given.type.tensor_type.shape.dim]
    values = numpy.arange(numpy.prod(shape)).reshape(shape) / numpy.prod(shape)
    (folder / "input_0.pb").write_bytes(numpy_helper.from_array(values.astype(numpy.float32)).SerializeToString())
print(onnx.__version__)
