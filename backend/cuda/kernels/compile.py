#!/usr/bin/env python3
"""Compiles the kernels to PTX with NVRTC, for compute capability 7.0 and up, those of tensor.cu for 8.0. Needs no GPU and no CUDA toolkit.

    NVRTC=FOLDER/cuda12/lib/libnvrtc.so.12 compile.py [check]

NVRTC is the library of CUDA 12.0, from the folder that ../toolchain.sh made: another version writes other PTX. The command pack keeps
what it writes. With "check" nothing is kept; the exit status says whether what is kept is of the sources.
"""
import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class Nvrtc:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.nvrtcGetErrorString.restype = ctypes.c_char_p

    def call(self, name, *args):
        status = getattr(self.lib, name)(*args)
        if status:
            raise RuntimeError(f"{name}: {self.lib.nvrtcGetErrorString(status).decode()}")

    def text(self, program, what):
        size = ctypes.c_size_t()
        self.call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        out = ctypes.create_string_buffer(size.value)
        self.call(f"nvrtcGet{what}", program, out)
        return out.value.decode()

    def compile(self, source, options):
        program = ctypes.c_void_p()
        headers = sorted(HERE.glob("*.cuh"))
        strings = ctypes.c_char_p * len(headers)
        self.call("nvrtcCreateProgram", ctypes.byref(program), source.read_bytes(), source.name.encode(), len(headers),
                  strings(*(h.read_bytes() for h in headers)), strings(*(h.name.encode() for h in headers)))
        status = self.lib.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
        if log := self.text(program, "ProgramLog").strip():
            print(log, file=sys.stderr)
        if status:
            sys.exit(f"compile.py: {source.name} does not compile")
        return self.text(program, "PTX")


def main():
    if sys.argv[1:] not in ([], ["check"]):
        sys.exit(__doc__)
    library = os.environ.get("NVRTC", "libnvrtc.so.12")
    try:
        nvrtc = Nvrtc(library)
    except OSError:
        sys.exit(f"compile.py: {library} is not here: run backend/cuda/toolchain.sh FOLDER and set NVRTC=FOLDER/cuda12/lib/libnvrtc.so.12")
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(HERE.glob("*.cu"), reverse=True):  # functions.cu last: NVRTC numbers calls through all files, and that one changes most
            tensor = source.name == "tensor.cu"  # TF32 is a rounding of float32
            options = [b"--gpu-architecture=compute_80" if tensor else b"--gpu-architecture=compute_70", b"--std=c++17"]
            if source.name == "functions.cu":
                options.append(b"--relocatable-device-code=true")  # keeps functions that nothing calls
            for float_type in ("f32",) if tensor else ("f32", "f64"):
                ptx = nvrtc.compile(source, options + [f"-D{float_type.upper()}".encode()])
                pathlib.Path(folder, f"{source.stem}_{float_type}.ptx").write_text(ptx)
        sys.exit(subprocess.run(["go", "run", "./pack", *sys.argv[1:], folder], cwd=HERE).returncode)


main()
