package digit_test

import (
	"fmt"
	"image"
	"image/color"

	"github.com/stheno/stheno/data/digit"
)

// A stroke of a pen becomes one of 20 pixels, white on black, around the middle.
func Example() {
	photo := image.NewGray(image.Rect(0, 0, 300, 400))
	for i := range photo.Pix {
		photo.Pix[i] = 200 // paper
	}
	for y := 100; y < 300; y++ {
		for x := 40; x < 65; x++ {
			photo.SetGray(x, y, color.Gray{Y: 50})
		}
	}
	img, err := digit.Normalise(photo)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size(), "paper", img.GrayAt(0, 0).Y, "ink", img.GrayAt(14, 14).Y)
	// Output: (28,28) paper 0 ink 255
}
