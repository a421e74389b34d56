package data

import (
	"bufio"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that are read
	_ "image/png"
	"io"

	"github.com/stheno/stheno/internal/memory"

	"golang.org/x/image/draw"
)

const (
	mostPixels  = 1 << 27 // of a picture that is read
	fewPixels   = 1 << 20 // of one that is believed whatever its size as a file
	mostPerByte = 1100    // pixels for each byte of a file: more than compression gives
	pixelBytes  = 16      // that decoding takes for a pixel at most: three coefficients of a progressive JPEG, and the pixel
)

// DecodePicture reads a PNG or JPEG picture. The name is used in errors; size is how many bytes r has. What the header promises is
// compared with that before memory is taken: above 1,048,576 pixels, a byte of the file stands for 1,100 of them at most.
func DecodePicture(r io.ReadSeeker, name string, size int64) (image.Image, error) {
	config, _, err := image.DecodeConfig(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("%s: no PNG or JPEG picture: %v", name, err)
	}
	pixels := float64(config.Width) * float64(config.Height)
	if pixels < 1 || pixels > mostPixels || pixels > fewPixels && pixels > mostPerByte*float64(size) {
		return nil, fmt.Errorf("%s: a picture of %dx%d pixels in %d bytes: at most %d pixels are read, and %d for each byte: the file is damaged, or scale it down",
			name, config.Width, config.Height, size, mostPixels, mostPerByte)
	}
	if err := memory.Fits(pixelBytes * pixels); err != nil {
		return nil, fmt.Errorf("%s: a picture of %dx%d pixels: %w: scale it down", name, config.Width, config.Height, err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	picture, _, err := image.Decode(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("%s: the picture is damaged: %v", name, err)
	}
	return picture, nil
}

// Size is how many bytes a picture has as a sample.
func (i Image) Size() int { return i.Channels * i.Height * i.Width }

// Bytes writes a picture to dst, of Size bytes, channel by channel and row by row. It is scaled to the size, each side for itself, where
// it has another (bilinear, with the mean of what a pixel covers where it becomes smaller); what is transparent is black, and colours
// become grey by their luminance.
func (i Image) Bytes(dst []byte, picture image.Image) {
	bounds, to := picture.Bounds(), image.Rect(0, 0, i.Width, i.Height)
	scale := func(canvas draw.Image) {
		if bounds.Dx() == i.Width && bounds.Dy() == i.Height {
			draw.Draw(canvas, to, picture, bounds.Min, draw.Src)
			return
		}
		draw.BiLinear.Scale(canvas, to, picture, bounds, draw.Src, nil)
	}
	if i.Channels == 1 {
		grey := image.NewGray(to)
		scale(grey)
		copy(dst, grey.Pix)
		return
	}
	colour := image.NewRGBA(to)
	scale(colour)
	plane := i.Height * i.Width
	for p := range plane {
		for c := range i.Channels {
			dst[c*plane+p] = colour.Pix[4*p+c]
		}
	}
}

// sizeOf is the size of a picture, grey or in colours.
func sizeOf(picture image.Image) Image {
	b := picture.Bounds()
	i := Image{3, b.Dy(), b.Dx()}
	switch picture.(type) {
	case *image.Gray, *image.Gray16:
		i.Channels = 1
	}
	return i
}
