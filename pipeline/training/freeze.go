package training

import (
	"fmt"
	"slices"
	"strings"

	"fc7/vgg"
	"fc7/vgg/train"
)

// FreezeHelp explains what TuneJob.Freeze takes.
const FreezeHelp = "conv: all convolutions; a layer's name, as fc6 or pool4: all layers up\nto it; or a pattern, as conv[1-4]*: the layers or tensors that it names"

// frozen are the names of the tensors that stay as they are in the first stage, and the last layer before which there are no others.
func (b *base) frozen(freeze []string) (tensors []string, through string, err error) {
	patterns, err := b.freezePatterns(freeze)
	if err != nil {
		return nil, "", err
	}
	if tensors, err = train.Named(b.config, patterns); err != nil {
		return nil, "", err
	}
	if through, err = train.FrozenThrough(b.config, patterns); err != nil {
		return nil, "", err
	}
	if through == "" {
		return nil, "", fmt.Errorf("%s leaves parameters of conv1_1 to train, so no layer's maps can be computed once: freeze the first layers too, or use fc7 train, whose --from starts from weights",
			strings.Join(freeze, " "))
	}
	for _, l := range b.fresh {
		if slices.ContainsFunc(vgg.Schemes[0].Params(b.layer(l)), func(p vgg.Param) bool { return slices.Contains(tensors, p.Name) }) {
			return nil, "", fmt.Errorf("%s is new and must be trained, but is frozen by %s", l, strings.Join(freeze, " "))
		}
	}
	return tensors, through, nil
}

// freezePatterns are patterns of layers and tensors for what FreezeHelp explains.
func (b *base) freezePatterns(freeze []string) ([]string, error) {
	layers := b.config.Layers()
	upTo := func(last int) (names []string) {
		for _, l := range layers[:last+1] {
			if l.HasWeights() {
				names = append(names, l.Name)
			}
		}
		return names
	}
	if len(freeze) == 0 {
		at := slices.IndexFunc(layers, func(l vgg.Layer) bool { return l.Name == b.fresh[0] })
		return upTo(at - 1), nil
	}
	var patterns []string
	for _, f := range freeze {
		at := slices.IndexFunc(layers, func(l vgg.Layer) bool { return l.Name == f })
		switch {
		case f == "conv":
			patterns = append(patterns, "conv*")
		case at >= 0:
			patterns = append(patterns, upTo(at)...)
		default:
			patterns = append(patterns, f)
		}
	}
	return patterns, nil
}

// unfrozen are the frozen tensors but for those that patterns name.
func (b *base) unfrozen(frozen, patterns []string) ([]string, error) {
	free, err := train.Named(b.config, patterns)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, name := range frozen {
		if !slices.Contains(free, name) {
			left = append(left, name)
		}
	}
	if len(left) == len(frozen) {
		return nil, fmt.Errorf("%s unfreezes nothing that was frozen", strings.Join(patterns, " "))
	}
	return left, nil
}
