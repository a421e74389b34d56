package data

// Float is the type of the numbers that a network computes with.
type Float interface{ float32 | float64 }

// Division is slow and a byte has only 256 values: each quotient is rounded once, here.
var (
	normal32 = quotients[float32]()
	normal64 = quotients[float64]()
)

func quotients[T Float]() (table [256]T) {
	for v := range table {
		table[v] = T(v) / 255
	}
	return table
}

// normal returns the table of v/255 for T.
func normal[T Float]() *[256]T {
	var table any = &normal32
	if _, wide := any(T(0)).(float64); wide {
		table = &normal64
	}
	return table.(*[256]T)
}

// Pixels writes the images idx of s to dst, len(idx) × pixels, each pixel divided by 255 and so between 0 and 1, the
// book's normalize=True and flatten=True. It allocates nothing.
func Pixels[T Float](dst []T, s *Split, idx []int) {
	table, n := normal[T](), s.Pixels()
	group := max(1, cached/max(1, n))
	for len(idx) > 0 {
		batch := idx[:min(group, len(idx))]
		for _, at := range batch {
			touch(s.Images[at*n : (at+1)*n])
		}
		for _, at := range batch {
			lookUp(dst[:n], s.Images[at*n:(at+1)*n], table)
			dst = dst[n:]
		}
		idx = idx[len(batch):]
	}
}

const (
	cached    = 64 << 10 // bytes that surely stay in the second-level cache
	cacheLine = 64
)

// touch brings an image from memory into the cache. Images drawn at random are never there; reading one byte a line of
// many images in a row lets the processor wait for all of them at once, which halves the time of a batch. It must not be
// inlined, or the compiler would see that nobody needs the result.
//
//go:noinline
func touch(image []byte) (x byte) {
	for i := 0; i < len(image); i += cacheLine {
		x ^= image[i]
	}
	return x
}

// PixelRange is Pixels for the images from, from+1, ... to-1, which lie side by side.
func PixelRange[T Float](dst []T, s *Split, from, to int) {
	n := s.Pixels()
	lookUp(dst[:(to-from)*n], s.Images[from*n:to*n], normal[T]())
}

// lookUp sets dst[i] = table[src[i]]; both have the same length.
func lookUp[T Float](dst []T, src []byte, table *[256]T) {
	for len(src) >= 8 && len(dst) >= 8 {
		s, d := (*[8]byte)(src), (*[8]T)(dst)
		d[0], d[1], d[2], d[3] = table[s[0]], table[s[1]], table[s[2]], table[s[3]]
		d[4], d[5], d[6], d[7] = table[s[4]], table[s[5]], table[s[6]], table[s[7]]
		src, dst = src[8:], dst[8:]
	}
	for i, v := range src {
		dst[i] = table[v]
	}
}

// OneHot writes the labels idx of s to dst, len(idx) × classes: 1 in the column of the label and 0 elsewhere. It
// allocates nothing.
func OneHot[T Float](dst []T, s *Split, idx []int, classes int) {
	dst = dst[:len(idx)*classes]
	clear(dst)
	for i, at := range idx {
		dst[i*classes : (i+1)*classes][s.Labels[at]] = 1
	}
}

// OneHotRange is OneHot for the labels from, from+1, ... to-1.
func OneHotRange[T Float](dst []T, s *Split, from, to, classes int) {
	dst = dst[:(to-from)*classes]
	clear(dst)
	for i, label := range s.Labels[from:to] {
		dst[i*classes : (i+1)*classes][label] = 1
	}
}
