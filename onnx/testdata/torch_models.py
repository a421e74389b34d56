# Writes networks of PyTorch as torch.onnx exports them, each in a folder with an input and what PyTorch makes of it:
#
#   python3 onnx/testdata/torch_models.py FOLDER SEED [NAME ...]
#
# Without names it is all of them.
import pathlib
import sys
import warnings

import onnx
import torch
from onnx import numpy_helper
from torch import nn

warnings.simplefilter("ignore")
out, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(seed)


class Residual(nn.Module):
    """A block whose input is added to its result, and what a hand-written forward has: slices, reductions, concatenations."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        x = x + self.second(x)
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        return torch.log_softmax(self.head(x), dim=1)


nets = {
    "mlp": (nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.Sigmoid(), nn.Linear(4, 3), nn.Softmax(dim=1)), (6,)),
    "convnet": (nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2), nn.LeakyReLU(0.1), nn.AvgPool2d(2, padding=1), nn.Dropout(0.5), nn.Flatten(),
        nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 3)), (1, 12, 12)),
    "layers": (nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, stride=2), nn.ReLU(), nn.BatchNorm2d(4, eps=1e-3), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(16, 5, bias=False), nn.Tanh(), nn.BatchNorm1d(5, eps=1e-3), nn.Linear(5, 3), nn.Softmax(dim=-1)), (1, 8, 8)),
    "residual": (Residual(), (2, 6, 7)),
    "upsampled": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ELU(), nn.Upsample(scale_factor=2), nn.Conv2d(2, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2)), (1, 5, 5)),
}
for name in sys.argv[3:] or nets:
    net, shape = nets[name]
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    for dtype in (torch.float32, torch.float64):
        net = net.eval().to(dtype)
        x = torch.randn(3, *shape, dtype=dtype)
        with torch.no_grad():
            y = net(x)
        for way in ("dynamo", "torchscript") if dtype == torch.float32 else ("torchscript",):
            folder = out / f"torch-{name}-{str(dtype)[6:]}-{way}"
            folder.mkdir(parents=True)
            if way == "dynamo":
                torch.onnx.export(net, (x,), folder / "model.onnx", dynamo=True, external_data=False, verbose=False,
                                  dynamic_shapes=({0: torch.export.Dim("batch")},))
            else:
                torch.onnx.export(net, (x,), folder / "model.onnx", dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
            model = onnx.load(folder / "model.onnx")
            for part in (model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
                if hasattr(part, "metadata_props"):
                    del part.metadata_props[:]  # where in the program's text it comes from
                if hasattr(part, "doc_string"):
                    part.ClearField("doc_string")
            onnx.save(model, folder / "model.onnx")
            for file, value in (("input_0.pb", x), ("output_0.pb", y)):
                (folder / file).write_bytes(numpy_helper.from_array(value.numpy()).SerializeToString())
print(torch.__version__)
