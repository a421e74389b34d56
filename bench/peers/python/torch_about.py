"""What PyTorch says of itself: the libraries that it has, and their kernels."""
import re

import torch


def library():
    names = [name for name, there in (("MKL", torch.backends.mkl), ("oneDNN", torch.backends.mkldnn)) if there.is_available()]
    kernels = re.search(r"CPU capability usage: (.*)", torch.__config__.show())
    return ", ".join(names + ([kernels[1]] if kernels else []))
