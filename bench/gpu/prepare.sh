#!/usr/bin/env bash
# Builds what bench/gpu.sh runs, on a machine with Go, gcc and the folder that backend/cuda/toolchain.sh made; no GPU.
#
#   bench/gpu/prepare.sh OUT TOOLCHAIN/cuda12
#
# Copy OUT to the machine with the GPU and type there: OUT/gpu.sh
set -euo pipefail
[ $# = 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/lib"
out=$(cd "$1" && pwd)
tools=$(cd "$2" && pwd)
. "$tools/env"
cd "$here/../.."
export CGO_ENABLED=1
go test -c -ldflags="-s -w" -tags cuda -o "$out/conformance.test" ./backend/cuda
go build -ldflags="-s -w" -tags cuda -o "$out/gpu" ./bench/gpu
# Gorgonia's own CUDA files link cuBLAS and cuDNN and call neither here: empty ones do, to start with. The driver is the machine's,
# and gpu.sh looks there for the cuBLAS of large products.
cp -P "$tools"/lib/libcublas.so.* "$tools"/lib/libcudnn.so.* "$out/lib/"
cp "$here"/*.py "$out/"
cp "$here/../peers/python/work.py" "$out/peers.py"
cp "$here/../gpu.sh" "$out/"
echo "$out is ready: copy it to the machine with the GPU and run gpu.sh there"
