package native

import "unsafe"

// Rows that lie a multiple of a page apart compete for the same few lines of the first-level cache: of a tile's rows, more than those lines
// are each fetched anew for every step of the sum.
const (
	crowding = 4096 // bytes
	crowd    = 7    // rows that get along
	apart    = 64   // bytes more between two rows, and they do
)

// crowds tells whether so many rows compete, which lie so many numbers apart.
func crowds[T float](rows, distance int) bool {
	return rows > crowd && distance > 0 && distance*int(unsafe.Sizeof(T(0)))%crowding == 0
}

// space is the pitch of a convolution's pixels.
func (c *Conv[T]) space() int {
	ch, step := c.g.Channels, c.g.Step[1]
	if c.joint.joined == 1 && c.left == 0 && c.right == 0 && crowds[T](min(c.kern.mr, c.g.To[1]), step*ch) {
		return ch + apart/int(unsafe.Sizeof(T(0)))
	}
	return ch
}

// spaced copies pixels from to to of an image to where they lie with their pitch.
func (c *Conv[T]) spaced(dst, image []T, from, to int) {
	ch := c.g.Channels
	for p := from; p < to; p++ {
		copy(dst[p*c.pitch:], image[p*ch:][:ch])
	}
}
