"""Nets of PyTorch as safetensors files with what they answer: python3 models/testdata/pytorch/make.py FOLDER SEED"""
import json, sys
import torch
from safetensors.torch import save_file
from torch import nn

folder, seed = sys.argv[1], int(sys.argv[2])
torch.manual_seed(seed)
nets = {
    "mlp": (nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)), (6,)),
    "conv": (nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                           nn.Linear(12, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 3)), (2, 4, 5)),
    "deep": (nn.Sequential(*[nn.Linear(3, 3) for _ in range(12)]), (3,)),
}
nets["conv"][0][0].weight.data *= 0.02  # variances so small that what is added to them counts
answers = {}
for name, (net, shape) in nets.items():
    for _ in range(200):  # the running statistics of the normalisations come to those of the data
        net(torch.randn(8, *shape))
    for kind, dtype in {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}.items():
        state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in net.state_dict().items()}
        save_file(state, f"{folder}/{name}-{kind}.safetensors")
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        x = torch.randn(2, *shape)
        with torch.no_grad():
            y = net.eval()(x).softmax(1)
        answers[f"{name}-{kind}"] = {"x": x.flatten().tolist(), "y": y.flatten().tolist()}
        net.train()
json.dump(answers, open(f"{folder}/answers.json", "w"))
