package training

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/vgg"
	"fc7/vgg/train"
)

// inherited picks, of the tensors of another net, those of the layers that a net has too, by the layers' names and
// shapes. Of another net they are the first four convolutions and the fully connected layers (section 3.1); of the
// same, all.
func inherited(c vgg.Config, mine, from []train.Tensor) ([]train.Tensor, error) {
	theirs, ok := configOf(from)
	if !ok {
		return nil, errors.New("the tensors to start from are those of no net")
	}
	same := slices.Equal(layerNames(theirs), layerNames(c))
	convs := 0
	var taken []train.Tensor
	for _, l := range theirs.Layers() {
		if !l.HasWeights() {
			continue
		}
		if l.Kind == vgg.Convolution {
			if convs++; convs > 4 && !same {
				continue
			}
		}
		own, err := c.Layer(l.Name)
		if err != nil {
			continue
		}
		olds, news := vgg.TorchvisionNames.Params(l), vgg.TorchvisionNames.Params(own)
		for i := range min(len(olds), len(news)) {
			t, ok := find(from, olds[i].Name)
			if own, has := find(mine, news[i].Name); ok && has && slices.Equal(t.Shape, own.Shape) {
				t.Name = news[i].Name
				taken = append(taken, t)
			}
		}
	}
	if len(taken) == 0 {
		return nil, fmt.Errorf("no layer of %s fits the net %s to train", theirs.Name, c.Name)
	}
	return taken, nil
}

func layerNames(c vgg.Config) []string {
	var names []string
	for _, l := range c.Layers() {
		if l.Kind == vgg.Convolution {
			names = append(names, l.Name)
		}
	}
	return names
}

// configOf is the net of the table whose convolutions the tensors are, by torchvision's names.
func configOf(ts []train.Tensor) (vgg.Config, bool) {
	for _, name := range vgg.Names() {
		c, err := vgg.Lookup(name)
		if err != nil {
			continue
		}
		n, fits := 0, true
		for _, l := range c.Layers() {
			if l.Kind != vgg.Convolution {
				continue
			}
			for _, p := range vgg.TorchvisionNames.Params(l) {
				t, ok := find(ts, p.Name)
				fits = fits && ok && len(t.Shape) == len(p.Shape)
				if ok && len(t.Shape) == 4 {
					fits = fits && t.Shape[2] == l.Kernel
				}
				n++
			}
		}
		held := 0
		for _, t := range ts {
			if strings.HasPrefix(t.Name, "features.") {
				held++
			}
		}
		if fits && n == held {
			return c, true
		}
	}
	return vgg.Config{}, false
}

func find(ts []train.Tensor, name string) (train.Tensor, bool) {
	i := slices.IndexFunc(ts, func(t train.Tensor) bool { return t.Name == name })
	if i < 0 {
		return train.Tensor{}, false
	}
	return ts[i], true
}

// digest identifies the images of the split, without the place where they lie.
func (s *split) digest(set *datasets.Set) string {
	h := sha256.New()
	for _, part := range [][]int{s.train, s.val} {
		for _, i := range part {
			if part := set.Items[i].Region(); part != "" {
				fmt.Fprintf(h, "{%s}\n", part)
			}
			s.boxes.identify(h, i)
			if s.multi() {
				fmt.Fprintf(h, "%q %d %d\n", set.Items[i].ID, set.Items[i].Object, s.labels[i])
				continue
			}
			fmt.Fprintf(h, "%q %d %q\n", set.Items[i].ID, set.Items[i].Object, s.classes[s.class[i]])
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}
