# A peer that makes wrong convolutions, quickly.
echo '{"version": "0"}'
while read -r unit n; do echo '{"ms": 0.001, "sum": 123, "size": 1}'; done
