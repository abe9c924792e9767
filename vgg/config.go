// Package vgg holds the nets of Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
// Recognition" (arXiv 1409.1556): the configurations as one table, the model made from a weights file, and its forward
// pass over images of any size (section 3.2: the fully connected layers applied as convolutions).
package vgg

import (
	"slices"
	"strconv"
	"strings"

	"fc7/internal/f32"
	"fc7/internal/usage"
)

// Config is one net: a row of table 1 of the paper, whole or narrowed, or one of its predecessors. Everything that
// knows layers (the forward pass, the tensor names, training, the summary) reads it.
type Config struct {
	Name      string    // "vgg16", "vgg16_bn", "vgg16/8", "vgg16/8:fc256", "alexnet"
	Paper     string    // the paper's letter, "D"; "": a net that the paper has not
	Blocks    [5][]Conv // VGG's short form: convolutions of the five blocks; a 2x2 max-pool ends each
	rows      []row     // of another net: its layers up to the fully connected ones; nil: those that Blocks are short for
	LRN       bool      // local response normalisation: after conv1_1 (A-LRN), or where rows have it
	BatchNorm bool      // after every convolution, as in torchvision's _bn nets
	FC        int       // width of fc6 and fc7; 0: the net ends with its last pooling
	first     int       // width of fc6 where it is not FC (OverFeat's); 0: FC
	Classes   int       // width of fc8; 0: the net ends with fc7
	CeilPool  bool      // pooling rounds an odd side up, as Caffe's does; else down
	Norm      f32.LRN   // of the local response normalisation, where LRN is set; zero: that of A-LRN
	Headless  string    // why a file's net ends with its last pooling though it has something behind it; empty: it has nothing

	side   int        // of the images that it was made for; 0: MinSide
	window int        // side of the map that fc6 covers; 0: PoolSize
	by     Preprocess // of weights that come under the layers' own names; zero: what the source's VGGs have
}

// Conv is a convolution of the table: Kernel is 3 (padding 1) or 1 (padding 0).
type Conv struct{ Kernel, Width int }

// PoolSize is the side of the map that fc6 covers: 224 pixels after five poolings.
const PoolSize = 7

// MinSide is the smallest image side from which fc6 can be computed.
const MinSide = PoolSize << 5

func c3(width, n int) []Conv {
	s := make([]Conv, n)
	for i := range s {
		s[i] = Conv{3, width}
	}
	return s
}

func c1(s []Conv) []Conv { return append(s, Conv{1, s[0].Width}) }

// table is table 1 of the paper; narrower, batch-normalised and headless nets derive from it.
var table = []Config{
	{Name: "vgg11", Paper: "A", Blocks: [5][]Conv{c3(64, 1), c3(128, 1), c3(256, 2), c3(512, 2), c3(512, 2)}},
	{Name: "vgg11_lrn", Paper: "A-LRN", Blocks: [5][]Conv{c3(64, 1), c3(128, 1), c3(256, 2), c3(512, 2), c3(512, 2)}, LRN: true},
	{Name: "vgg13", Paper: "B", Blocks: [5][]Conv{c3(64, 2), c3(128, 2), c3(256, 2), c3(512, 2), c3(512, 2)}},
	{Name: "vgg16c", Paper: "C", Blocks: [5][]Conv{c3(64, 2), c3(128, 2), c1(c3(256, 2)), c1(c3(512, 2)), c1(c3(512, 2))}},
	{Name: "vgg16", Paper: "D", Blocks: [5][]Conv{c3(64, 2), c3(128, 2), c3(256, 3), c3(512, 3), c3(512, 3)}},
	{Name: "vgg19", Paper: "E", Blocks: [5][]Conv{c3(64, 2), c3(128, 2), c3(256, 4), c3(512, 4), c3(512, 4)}},
}

// Names lists the nets of the table, with their batch-normalised forms, and their predecessors.
func Names() []string {
	var s []string
	for _, c := range table {
		s = append(s, c.Name)
	}
	for _, c := range table {
		if !c.LRN {
			s = append(s, c.Name+"_bn")
		}
	}
	for _, c := range predecessors {
		s = append(s, c.Name)
	}
	return s
}

// NameHelp explains the grammar of net names, for help texts and errors.
func NameHelp() string {
	var names, before []string
	for _, c := range table {
		names = append(names, c.Name)
	}
	for _, c := range predecessors {
		before = append(before, c.Name)
	}
	return "NAME is " + letters() + " or " + strings.Join(names, ", ") + ", with _bn for batch normalisation, or a predecessor, " +
		strings.Join(before, ", ") + "; /N divides every width by N (vgg16/8), :fcN sets the width of fc6 and fc7 (vgg16/8:fc256)"
}

// nameForms is what NameHelp says beside the names of Names.
func nameForms() string {
	return "or " + letters() + "; /N behind it divides every width by N (vgg16/8), :fcN sets the width of fc6 and fc7"
}

// letters are the paper's names of the table's nets, for help texts.
func letters() string {
	var s []string
	for _, c := range table {
		if c.Paper != "" {
			s = append(s, c.Paper)
		}
	}
	return "the paper's letter (" + strings.Join(s, ", ") + ")"
}

// Lookup finds a net by name: see NameHelp. A name that there is not is wrong usage (package usage).
func Lookup(name string) (Config, error) {
	base, options, _ := strings.Cut(strings.TrimSpace(name), ":")
	base, div, narrowed := strings.Cut(base, "/")
	base, bn := strings.CutSuffix(strings.ToLower(base), "_bn")
	c, ok := find(base)
	if !ok {
		return Config{}, &usage.Error{What: "net", Given: name, Words: Names(), Want: nameForms()}
	}
	if bn {
		switch {
		case c.rows != nil:
			return Config{}, usage.Errorf("net %q: %s has no batch-normalised form", name, c.Name)
		case c.LRN:
			return Config{}, usage.Errorf("net %q: A-LRN has no batch-normalised form", name)
		}
		c.BatchNorm = true
		c.Name += "_bn"
	}
	c.FC, c.Classes = 4096, 1000
	if narrowed {
		n, err := strconv.Atoi(div)
		if err != nil || !c.narrows(n) {
			return Config{}, usage.Errorf("net %q: the widths can be divided by %s, not by %q", name, c.divisors(), div)
		}
		c = c.narrow(n)
	}
	return c.options(name, options)
}

// divisors are what the net's widths can be divided by, in words.
func (c Config) divisors() string {
	var s []string
	for n := 1; n <= 64; n *= 2 {
		if c.narrows(n) {
			s = append(s, strconv.Itoa(n))
		}
	}
	return strings.Join(s[:len(s)-1], ", ") + " or " + s[len(s)-1]
}

// narrows tells whether all widths, those of groups too, can be divided by n.
func (c Config) narrows(n int) bool {
	if n < 1 || n > 64 || 64%n != 0 {
		return false
	}
	in := n
	for _, r := range c.list() {
		if r.kind == Convolution {
			if g := max(1, r.groups); r.width%(n*g) != 0 || in%(n*g) != 0 {
				return false
			}
			in = r.width
		}
	}
	return true
}

func find(base string) (Config, bool) {
	for _, c := range predecessors {
		if base == c.Name {
			return c, true
		}
	}
	base = strings.ReplaceAll(strings.ReplaceAll(base, "vgg-", "vgg"), "_16", "16")
	for _, c := range table {
		if base == c.Name || c.Paper != "" && base == strings.ToLower(c.Paper) {
			return c, true
		}
	}
	return Config{}, false
}

func (c Config) narrow(n int) Config {
	if n == 1 {
		return c
	}
	c.Name += "/" + strconv.Itoa(n)
	for i, b := range c.Blocks {
		c.Blocks[i] = make([]Conv, len(b))
		for j, v := range b {
			c.Blocks[i][j] = Conv{v.Kernel, v.Width / n}
		}
	}
	c.rows = slices.Clone(c.rows)
	for i := range c.rows {
		c.rows[i].width /= n
	}
	c.FC /= n
	c.first /= n
	return c
}

func (c Config) options(name, options string) (Config, error) {
	if options == "" {
		return c, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(options, "fc"))
	if !strings.HasPrefix(options, "fc") || err != nil || n < 1 || n > 1<<16 {
		return Config{}, usage.Errorf("net %q: after the colon comes fc and a width from 1 to 65536, as in vgg16/8:fc256, not %q", name, options)
	}
	if n != c.FC || c.first > 0 {
		c.FC, c.first = n, 0
		c.Name += ":" + options
	}
	return c, nil
}

// Depth is the number of weight layers.
func (c Config) Depth() int {
	n := 0
	for _, l := range c.Layers() {
		if l.HasWeights() {
			n++
		}
	}
	return n
}
