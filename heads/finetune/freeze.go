package finetune

import (
	"slices"
	"strings"

	"fc7/internal/usage"
	"fc7/vgg"
	"fc7/vgg/train"
)

// FreezeHelp explains what Net.Frozen takes.
const FreezeHelp = "conv: all convolutions; a layer's name, as fc6 or pool4: all layers up\nto it; or a pattern, as conv[1-4]* or fc[67]: the layers or tensors that it names"

// Frozen names, of what FreezeHelp explains, the tensors that stay as they are, and the last layer before which there
// are no others, empty where conv1_1 is trained; nil: all but the new layers. New layers that are frozen are an error.
func (n *Net) Frozen(freeze []string) (tensors []string, through string, err error) {
	patterns, err := n.freezePatterns(freeze)
	if err != nil {
		return nil, "", err
	}
	if tensors, err = train.Named(n.Config, patterns); err != nil {
		return nil, "", err
	}
	if through, err = train.FrozenThrough(n.Config, patterns); err != nil {
		return nil, "", err
	}
	for _, l := range n.Fresh {
		if slices.ContainsFunc(vgg.TorchvisionNames.Params(n.layer(l)), func(p vgg.Param) bool { return slices.Contains(tensors, p.Name) }) {
			return nil, "", usage.Errorf("%s is new and must be trained, but is frozen by %s", l, strings.Join(freeze, " "))
		}
	}
	return tensors, through, nil
}

// Statistics names the running means and variances of all batch normalisations.
func (n *Net) Statistics() (names []string) {
	for _, l := range n.Config.Layers() {
		if !l.HasWeights() {
			continue
		}
		for _, p := range vgg.TorchvisionNames.Params(l) {
			if strings.HasSuffix(p.Name, ".running_mean") || strings.HasSuffix(p.Name, ".running_var") {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// freezePatterns are patterns of layers and tensors for what FreezeHelp explains.
func (n *Net) freezePatterns(freeze []string) ([]string, error) {
	layers := n.Config.Layers()
	upTo := func(last int) (names []string) {
		for _, l := range layers[:last+1] {
			if l.HasWeights() {
				names = append(names, l.Name)
			}
		}
		return names
	}
	if len(freeze) == 0 {
		at := slices.IndexFunc(layers, func(l vgg.Layer) bool { return l.Name == n.Fresh[0] })
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

// Unfrozen are the frozen tensors but for those that patterns name.
func (n *Net) Unfrozen(frozen, patterns []string) ([]string, error) {
	free, err := train.Named(n.Config, patterns)
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
		return nil, usage.Errorf("--unfreeze %s unfreezes nothing that was frozen", strings.Join(patterns, " "))
	}
	return left, nil
}
