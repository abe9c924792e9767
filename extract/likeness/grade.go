package likeness

// Grade is how sure it is that two pictures are of one image.
type Grade string

// The grades, the surest first.
const (
	Certain   Grade = "certain"    // a copy: the same place by place, in all colours
	Likely    Grade = "likely"     // the same but for brightness, a few colours or small changes; or a part of the other
	LookAlike Grade = "look-alike" // the same layout: another photograph of such a thing, as a rule
	None      Grade = ""           // not alike
)

// The bounds of the grades. On Caltech-101 copies (mirrored, compressed again, scaled, a little brighter, with another
// caption) differ by up to 8.3 levels, and 19 in the worst block; motorbikes of one model in other colours by 10.7 and
// more.
const (
	certainCorrelation = 0.995
	certainDifference  = 8.5
	certainWorst       = 20
	certainTexture     = 26
	likelyCorrelation  = 0.985
	alikeCorrelation   = 0.95
)

// grade judges the evidence. A part of a picture is no copy of it, however equal it is; and pictures that show nothing,
// as black ones, are alike without being of one image.
func (e Evidence) grade(part bool) Grade {
	copied := e.Correlation >= certainCorrelation && e.Difference <= certainDifference && e.worst <= certainWorst && e.texture <= certainTexture
	switch {
	case e.Correlation < alikeCorrelation:
		return None
	case e.contrast < flat:
		return LookAlike
	case copied && !part:
		return Certain
	case e.Correlation >= likelyCorrelation:
		return Likely
	}
	return LookAlike
}
