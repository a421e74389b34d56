# Writes the tests that ONNX has of its operators, and those of PyTorch's that it keeps as models, as a folder each with model.onnx and
# its inputs and outputs: each STEP-th case from the one numbered FIRST on. A STEP of 1 is all, and whole networks, whose weights are all
# alike:
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
