package main

import (
	"fc7/vgg/small"
)

// smallHelp ends the help of a flag for weights that may be left out.
const smallHelp = "; default: " + small.Name + ", the net that ships with fc7"

// orSmall is what the user gave as weights, or the net that ships with fc7, which is then told.
func orSmall(c *console, given []string) []string {
	if len(given) > 0 {
		return given
	}
	c.note("no --weights: the small net that ships with fc7, trained on Caltech-101 alone; 'fc7 weights list' has the paper's")
	return []string{small.Name}
}
