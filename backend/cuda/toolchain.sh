#!/usr/bin/env bash
# Brings what building and checking the engine needs to a machine without a GPU: the headers of CUDA 12 with cuDNN 8 and of
# CUDA 13 with cuDNN 9, NVRTC and ptxas of CUDA 12, all from NVIDIA's Python packages, and empty libraries to link against.
#
#   backend/cuda/toolchain.sh FOLDER
#   . FOLDER/cuda12/env      # or cuda13: sets CGO_CFLAGS and CGO_LDFLAGS
#   go vet -tags cuda ./... && go build -tags cuda ./...
#
# Needs pip, unzip and gcc. It downloads 2 GB, because the headers of cuBLAS and cuDNN come with their libraries, and keeps
# 130 MB. A folder that is complete already is left as it is.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
compat=$(cd "$(dirname "$0")" && pwd)/compat
mkdir -p "$1"
root=$(cd "$1" && pwd)
for tool in pip unzip gcc; do
  command -v $tool >/dev/null || { echo "toolchain.sh: $tool is missing: install it" >&2; exit 1; }
done

# bring VERSION PACKAGE...: everything but the large libraries of the packages, flat under VERSION/{include,lib,bin}
bring() {
  local to=$root/$1 work=$root/work
  shift
  mkdir -p "$to/include" "$to/lib" "$to/bin" "$work"
  local package
  for package; do
    rm -rf "$work"
    mkdir -p "$work/x"
    pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work" "$package"
    unzip -q "$work"/*.whl '*/include/*' '*/bin/ptxas' '*/lib/libnvrtc*' -d "$work/x" \
      -x '*/include/cccl/*' '*/include/cub/*' '*/include/thrust/*' '*/include/cuda/*' 2>/dev/null || [ $? = 11 ] # 11: not every pattern is in every package
    find "$work/x" -type d -name include -prune -exec cp -r {}/. "$to/include/" \;
    find "$work/x" -name 'libnvrtc*.so*' -exec cp {} "$to/lib/" \;
    find "$work/x" -name ptxas -exec install -m 755 {} "$to/bin/" \;
  done
  rm -rf "$work"
}

# stub VERSION LIBRARY SONAME HEADER...: a library with every function that the headers name, none of which does anything.
# They return 100, which is the driver's "no device", so that a program linked with them starts and says what is missing.
stub() {
  local dir=$root/$1 lib=$2 soname=$3 h
  shift 3
  { for h; do grep -ohE '\b(cu|cublas|cudnn|nvrtc)[A-Z][A-Za-z0-9]*(_v[0-9]+)?(_ptsz|_ptds)?\b' "$dir"/include/$h || true; done; } |
    sort -u | sed 's/.*/int &(void) { return 100; }/' >"$dir/lib/$lib.c"
  gcc -shared -fPIC -w -Wl,-soname,"$soname" -o "$dir/lib/$soname" "$dir/lib/$lib.c"
  ln -sf "$soname" "$dir/lib/$lib.so"
  rm "$dir/lib/$lib.c"
}

env_file() {
  cat >"$root/$1/env" <<END
export CGO_CFLAGS="-O2 -g -I$compat -I$root/$1/include"
export CGO_LDFLAGS="-O2 -g -L$root/$1/lib"
END
}

if [ ! -e "$root/cuda12/env" ]; then
  # NVRTC 12.0 writes PTX for every driver of CUDA 12; ptxas 12.9 is the last that still assembles for sm_70.
  bring cuda12 nvidia-cuda-runtime-cu12==12.9.79 nvidia-cuda-nvcc-cu12==12.9.86 nvidia-cuda-nvrtc-cu12==12.0.140 \
    nvidia-cuda-cccl-cu12==12.9.27 nvidia-cublas-cu12==12.1.3.1 nvidia-cudnn-cu12==8.9.7.29
  stub cuda12 libcuda libcuda.so.1 cuda.h
  stub cuda12 libcublas libcublas.so.12 cublas_v2.h cublas_api.h
  stub cuda12 libcudnn libcudnn.so.8 'cudnn*.h'
  env_file cuda12
fi
if [ ! -e "$root/cuda13/env" ]; then
  bring cuda13 nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88 nvidia-cuda-cccl==13.0.85 \
    nvidia-cublas==13.0.2.14 nvidia-cudnn-cu13==9.13.1.26
  stub cuda13 libcuda libcuda.so.1 cuda.h
  stub cuda13 libcublas libcublas.so.13 cublas_v2.h cublas_api.h
  stub cuda13 libcudnn libcudnn.so.9 'cudnn*.h'
  env_file cuda13
fi
echo "$root/cuda12 and $root/cuda13 are ready"
