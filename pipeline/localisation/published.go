package localisation

// Published is a localisation error on the validation set of ILSVRC-2012 as the paper gives it, of nets like VGG-16.
type Published struct {
	Source string  `json:"source"`
	How    string  `json:"how"`
	Error  float64 `json:"error_percent"` // table 8: of the centre crop, with the class given; table 9: top-5
}

// published are tables 8 and 9 of arXiv 1409.1556.
var published = []Published{
	{"table 8", "centre, scr, fully connected layers tuned", 36.4},
	{"table 8", "centre, pcr, fully connected layers tuned", 34.3},
	{"table 8", "centre, pcr, all layers tuned", 33.1},
	{"table 9", "dense, S = 256, Q = 256", 29.5},
	{"table 9", "dense, S = 384, Q = 384", 28.2},
	{"table 9", "dense, S = 384, Q = 352, 384", 27.5},
	{"table 9", "dense, both nets together", 26.9},
}
