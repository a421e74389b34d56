# Checks the models in a folder of folders, and runs each on its input_0.pb: with ONNX Runtime, or where that has no kernel for the type
# of numbers with ONNX's own reference. Writes output_0.pb, and prints who ran what:
#
#   python3 onnx/testdata/run.py FOLDER
import json
import pathlib
import sys

import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

ran = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    model = onnx.load(folder / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    proto = onnx.TensorProto()
    proto.ParseFromString((folder / "input_0.pb").read_bytes())
    given = {model.graph.input[0].name: numpy_helper.to_array(proto)}
    try:
        run = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        result, by = run.run(None, given)[0], "onnxruntime " + onnxruntime.__version__
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        result, by = ReferenceEvaluator(model).run(None, given)[0], "onnx.reference " + onnx.__version__
    (folder / "output_0.pb").write_bytes(numpy_helper.from_array(result).SerializeToString())
    ran[folder.name] = by
print(json.dumps(ran))
