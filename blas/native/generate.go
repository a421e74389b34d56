package native

//go:generate go run -C gen . -file tile_avx2 -pkg native -out ../tile_avx2_amd64.s -stubs ../tile_avx2_amd64.go
//go:generate go run -C gen . -file tile_avx512 -pkg native -out ../tile_avx512_amd64.s -stubs ../tile_avx512_amd64.go
//go:generate go run -C gen . -file pack_avx2 -pkg native -out ../pack_avx2_amd64.s -stubs ../pack_avx2_amd64.go
//go:generate go run -C gen . -file pack_avx512 -pkg native -out ../pack_avx512_amd64.s -stubs ../pack_avx512_amd64.go
//go:generate go run -C gen . -file arithmetic_avx2 -pkg native -out ../arithmetic_avx2_amd64.s -stubs ../arithmetic_avx2_amd64.go
//go:generate go run -C gen . -file arithmetic_avx512 -pkg native -out ../arithmetic_avx512_amd64.s -stubs ../arithmetic_avx512_amd64.go
//go:generate go run -C gen . -file prefetch -pkg native -out ../prefetch_amd64.s -stubs ../prefetch_amd64.go
//go:generate go run -C gen . -file taps_avx2 -pkg native -out ../taps_avx2_amd64.s -stubs ../taps_avx2_amd64.go
//go:generate go run -C gen . -file taps_avx512 -pkg native -out ../taps_avx512_amd64.s -stubs ../taps_avx512_amd64.go
//go:generate go run -C gen . -file taps_neon -pkg native -out ../taps_neon_arm64.s -stubs ../taps_neon_arm64.go
//go:generate go run -C gen . -file sparse_avx2 -pkg native -out ../sparse_avx2_amd64.s -stubs ../sparse_avx2_amd64.go
//go:generate go run -C gen . -file sparse_avx512 -pkg native -out ../sparse_avx512_amd64.s -stubs ../sparse_avx512_amd64.go
//go:generate go run -C gen . -file pool_avx2 -pkg native -out ../pool_avx2_amd64.s -stubs ../pool_avx2_amd64.go
//go:generate go run -C gen . -file pool_avx512 -pkg native -out ../pool_avx512_amd64.s -stubs ../pool_avx512_amd64.go
//go:generate go run -C gen . -file softmax_avx2 -pkg native -out ../softmax_avx2_amd64.s -stubs ../softmax_avx2_amd64.go
//go:generate go run -C gen . -file softmax_avx512 -pkg native -out ../softmax_avx512_amd64.s -stubs ../softmax_avx512_amd64.go
//go:generate go run -C gen . -file transcendental_avx2 -pkg native -out ../transcendental_avx2_amd64.s -stubs ../transcendental_avx2_amd64.go
//go:generate go run -C gen . -file transcendental_avx512 -pkg native -out ../transcendental_avx512_amd64.s -stubs ../transcendental_avx512_amd64.go
//go:generate go run -C gen . -file arithmetic_neon -pkg native -out ../arithmetic_neon_arm64.s -stubs ../arithmetic_neon_arm64.go
//go:generate go run -C gen . -file softmax_neon -pkg native -out ../softmax_neon_arm64.s -stubs ../softmax_neon_arm64.go
//go:generate go run -C gen . -file tile_neon -pkg native -out ../tile_neon_arm64.s -stubs ../tile_neon_arm64.go
//go:generate go run -C gen . -file transcendental_neon -pkg native -out ../transcendental_neon_arm64.s -stubs ../transcendental_neon_arm64.go
//go:generate go run -C gen . -file vectors -out ../vectors.go
//go:generate go run -C gen . -file sets_amd64 -out ../sets_amd64.go
//go:generate go run -C gen . -file sets_arm64 -out ../sets_arm64.go
