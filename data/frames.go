package data

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

// A frame is one zstd frame and the number of bytes that it unpacks to.
type frame struct {
	packed []byte
	size   int
}

var errFrame = errors.New("not a row of whole zstd frames")

// splitFrames cuts a zstd file into its frames. A frame does not say how long it is: its blocks must be walked, each
// three bytes of header (last? 1 bit, type 2 bits, size 21 bits) and its content (RFC 8878, section 3.1.1).
func splitFrames(packed []byte) ([]frame, error) {
	const (
		blockHeader = 3
		runLength   = 1 // block type: one byte, repeated size times
		checksum    = 4
	)
	var frames []frame
	for len(packed) > 0 {
		var h zstd.Header
		if err := h.Decode(packed); err != nil {
			return nil, err
		}
		if h.Skippable || !h.HasFCS || !h.HasCheckSum || h.FrameContentSize > 1<<30 {
			return nil, errFrame
		}
		end := h.HeaderSize
		for last := false; !last; {
			if end+blockHeader > len(packed) {
				return nil, errFrame
			}
			b := packed[end : end+blockHeader]
			bits := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
			last = bits&1 == 1
			end += blockHeader
			if bits>>1&3 == runLength {
				end++
			} else {
				end += bits >> 3
			}
		}
		end += checksum
		if end > len(packed) {
			return nil, errFrame
		}
		frames = append(frames, frame{packed[:end], int(h.FrameContentSize)})
		packed = packed[end:]
	}
	return frames, nil
}
