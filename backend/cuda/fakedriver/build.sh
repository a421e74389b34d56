#!/usr/bin/env bash
# Builds the fake driver (README.md): FOLDER/libcuda.so.1 and FOLDER/libcublas.so.12, from the headers that ../toolchain.sh brought.
#
#   backend/cuda/fakedriver/build.sh FOLDER TOOLCHAIN/cuda12
#   LD_LIBRARY_PATH=FOLDER:TOOLCHAIN/cuda12/lib go test -tags cuda ./backend/cuda/...
set -euo pipefail
[ $# = 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# what gorgonia.org/cu names and nobody calls
rest() {
  nm -D --defined-only "$1" | awk '$2 == "T" && $3 ~ /^cu/ { print "__attribute__((weak)) int " $3 "(void) { return 801; }" }' >"$2.c"
  gcc -c -fPIC -w -o "$2.o" "$2.c"
}
rest "$2/lib/libcuda.so.1" "$work/rest"
compile() { g++ -std=c++17 -O3 -march=native -ffp-contract=off -fwrapv -fPIC -Wall -Wno-bool-operation -I"$2/include" -c "${@:3}" -o "$work/$1.o"; }
for part in driver ptx machine execute; do
  compile $part "$2" "$here/$part.cpp"
done
g++ -shared -Wl,-soname,libcuda.so.1 -o "$1/libcuda.so.1" "$work"/*.o
mkdir "$work/cublas"
rest "$2/lib/libcublas.so.12" "$work/cublas/rest"
compile cublas/cublas "$2" "$here/cublas.cpp"
g++ -shared -Wl,-soname,libcublas.so.12 -o "$1/libcublas.so.12" "$work"/cublas/*.o -L"$1" -l:libcuda.so.1
