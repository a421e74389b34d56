#!/usr/bin/env bash
# Runs Stheno on a GPU: conformance, losses against the host, step times, the whole job; then PyTorch and JAX at the same step,
# if python3 has them. Builds nothing and needs no network; ends within 8 minutes; prints one table.
#
#   FOLDER/gpu.sh        FOLDER: what bench/gpu/prepare.sh made: conformance.test, gpu, lib, *.py
#
# PYTHON names another Python; STEPS the steps of a round (1000); LIMIT the seconds for everything (470); LOG a folder that keeps what
# each part printed.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
steps=${STEPS:-1000}
limit=${LIMIT:-470}
for file in conformance.test gpu; do
  [ -x "$here/$file" ] || { echo "gpu.sh: $here/$file is missing: run bench/gpu/prepare.sh and start the gpu.sh in its folder" >&2; exit 2; }
done
# cuBLAS for large products: the system's, or the one that came with a Python package
cublas=$({
  ldconfig -p | awk '/libcublas\.so\.1[23] / { print $NF }'
  "$python" -c 'import glob, sysconfig; print(*glob.glob(sysconfig.get_paths()["purelib"] + "/nvidia/**/libcublas.so.1[23]", recursive=True), sep="\n")'
} 2>/dev/null | grep -m 1 .)
theirs=${LD_LIBRARY_PATH-}
ours=${theirs:+$theirs:}${cublas:+$(dirname "$cublas"):}$here/lib
export LD_LIBRARY_PATH=$ours
if [ -n "${LOG-}" ]; then
  mkdir -p "$LOG" && log=$(cd "$LOG" && pwd) && rm -f "$log"/rows "$log"/*/rows || exit 2 # of another time
else
  log=$(mktemp -d)
  trap 'rm -rf "$log"' EXIT
fi

# within SECONDS COMMAND...: the command, stopped after so long, or when the time for everything is over
within() {
  local left=$((limit - SECONDS))
  [ $left -gt 0 ] || { echo "no time was left for it" >&2; return 124; }
  timeout -k 5 $(($1 < left ? $1 : left)) "${@:2}"
}

# ours SECONDS NAME COMMAND...: a part that must work; its lines go to the table, or the reason why there are none
failed=0
ours() {
  local name=$2 status
  within "$1" "${@:3}" >"$log/out" 2>"$log/err"
  status=$?
  cat "$log/out" >>"$log/rows"
  [ -z "${LOG-}" ] || cp "$log/err" "$log/err.${2//[^a-zA-Z0-9]/_}"
  [ $status = 0 ] && return
  failed=1
  [ $status = 124 ] && echo "not done in time" >>"$log/err"
  printf '%s\tFAILED\t%s\n' "$name" "$(grep -v 'Using CUDA build' "$log/err" | tail -n 1)" >>"$log/rows"
}

if ! device=$("$here/gpu" -what device 2>"$log/err"); then
  grep -v 'Using CUDA build' "$log/err" >&2
  grep -q libcuda "$log/err" && echo "gpu.sh: this machine has no NVIDIA driver: install it, or choose a machine with a GPU" >&2
  exit 2
fi
conformance() { # in several processes: the driver compiles some thousand programs, each on one core
  local slow="" part n=0 bad=0 pids=()
  for part in Test{,CuBLAS}Conformance/^{Ops,Programs,Chains}\$; do
    slow=$slow${slow:+|}$part
    n=$((n + 1)) # here: what is counted in the background is not counted
    "$here/conformance.test" -test.run "^$part" -test.v >"$log/suite.$n" 2>&1 & pids+=($!)
  done
  "$here/conformance.test" -test.run 'TestConformance|TestConvolutions|TestTensor|TestGroups|TestImage|TestReductions|TestLarge|TestTrains|TestTable|TestLoop|TestWhole|TestNoAllocs|TestCuBLAS|TestTF32' \
    -test.skip "$slow" -test.v >"$log/suite.0" 2>&1 & pids+=($!)
  for part in "${pids[@]}"; do wait "$part" || bad=1; done
  cat "$log"/suite.* >"$log/suite"
  printf 'conformance suite\t%s parts passed, %s failed, %s skipped\n' "$(grep -c '^ *--- PASS' "$log/suite")" "$(grep -c '^ *--- FAIL' "$log/suite")" \
    "$(grep -c '^ *--- SKIP' "$log/suite")"
  [ $bad = 0 ] || { grep -m 3 -A 2 -e '--- FAIL' "$log/suite" >&2; return 1; }
}
products() { # µs of a product, queued: own kernels, cuBLAS, cuBLAS in TF32
  "$here/conformance.test" -test.run '^$' -test.bench Product -test.benchtime 500x >"$log/products" 2>&1 || { tail -n 1 "$log/products" >&2; return 1; }
  awk -F '[/ \t-]+' '/^BenchmarkProduct/ {
    if ($2 != shape) { if (text != "") print text; shape = $2; text = "product " shape "\t" }
    for (i = 1; i < NF; i++) if ($(i + 1) == "ns") text = text sprintf("%s %.1f µs  ", $3, $i / 1e3)
  } END { print text == "" ? "products\tno figures: they need a GPU" : text }' "$log/products"
}
sanitizer() { # TOOL
  if ! command -v compute-sanitizer >/dev/null; then
    printf 'compute-sanitizer %s\tmissing: it comes with the CUDA toolkit\n' "$1"
    return
  fi
  compute-sanitizer --tool "$1" --error-exitcode 9 "$here/conformance.test" -test.run 'TestTrains|TestTable|TestLoop|TestConvolutions|TestTensor|TestGroups|TestImage' >"$log/sanitizer.$1" 2>&1 ||
    { tail -n 1 "$log/sanitizer.$1" >&2; return 1; }
  printf 'compute-sanitizer %s\tclean\n' "$1"
}
export -f conformance products sanitizer
export here log

ours 40 "losses" "$here/gpu" -what losses
ours 40 "step times" "$here/gpu" -what steps -iters "$steps"
ours 40 "step times, TF32" "$here/gpu" -what steps -iters "$steps" -tf32
ours 60 "products" bash -c products
ours 40 "steps on drawn batches" "$here/gpu" -what loops -iters "$steps"
ours 40 "whole job" "$here/gpu" -what job
ours 40 "convolutions" "$here/gpu" -what convolutions
ours 40 "convolutions, TF32" "$here/gpu" -what convolutions -tf32
"$here/gpu" -what shapes >"$log/shapes" 2>/dev/null
export LD_LIBRARY_PATH=$theirs # the peers bring their own libraries
for peer in torch_step jax_step torch_convolutions; do
  if ! within 90 "$python" "$here/$peer.py" "$steps" <"$log/shapes" >"$log/out" 2>"$log/err"; then
    printf '%s\tmissing\t%s\n' "$peer" "$(tail -n 1 "$log/err")" >>"$log/out"
  fi
  cat "$log/out" >>"$log/rows"
done
export LD_LIBRARY_PATH=$ours
verdicts=() # no measurements: all at once
for part in conformance 'sanitizer memcheck' 'sanitizer racecheck'; do
  (
    log=$log/${part// /.} && mkdir -p "$log"
    ours 240 "$part" bash -c "$part"
    exit $failed
  ) & verdicts+=($!)
done
for part in "${verdicts[@]}"; do wait "$part" || failed=1; done
cat "$log"/*/rows >>"$log/rows"

printf 'on %s, cuBLAS %s, %s\n\n' "$device" "${cublas:-not found}" "$(date +%F)"
awk -F '\t' '
  NF < 5 { printf "%-52s %s\n", $1, $2 ($3 == "" ? "" : ": " $3) }
  NF == 5 { rows[++n] = $0 }
  NF == 6 { convolutions[++c] = $0 }
  END {
    if (n) printf "\n%-34s %-22s %12s %12s %16s\n", "step, float32", "net", "µs, synced", "µs, queued", "loss, 10 steps"
    for (i = 1; i <= n; i++) { split(rows[i], f, "\t"); printf "%-34s %-22s %12s %12s %16s\n", f[1], f[2], f[3], f[4], f[5] }
    if (c) printf "\n%-34s %-42s %12s %12s %12s %12s\n", "convolution, µs, queued", "images, filters", "forward", "by data", "by weights", "sum"
    for (i = 1; i <= c; i++) { split(convolutions[i], f, "\t"); printf "%-34s %-42s %12s %12s %12s %12s\n", f[1], f[2], f[3], f[4], f[5], f[6] }
  }' "$log/rows"
exit $failed
