package synth

import "math"

// look is what the objects of a class have in common.
type look struct {
	shape   shape
	texture texture
	hue     float64 // 0 to 1
	light   bool    // the texture's second colour is lighter than the first
}

// lookOf gives each class number its look. Shape and texture together repeat after 96 classes; the hue, a golden
// section further each time, does not.
func lookOf(class int) look {
	_, hue := math.Modf(0.02 + float64(class)*0.6180339887)
	return look{
		shape:   shape(class % int(shapes)),
		texture: texture((class/int(shapes) + class) % int(textures)),
		hue:     hue,
		light:   class%2 == 1,
	}
}
