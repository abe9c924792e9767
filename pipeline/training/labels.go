package training

import (
	"context"
	"fmt"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/internal/waiting"
	"fc7/vgg/train"
)

// splitFor is the split of a job's set: for several labels an image, or for one class. The end of the context does not
// wait for it.
func splitFor(ctx context.Context, set *datasets.Set, j Job) (*split, error) {
	return waiting.For(ctx, func() (*split, error) { return divided(set, j) })
}

func divided(set *datasets.Set, j Job) (*split, error) {
	multi, why, err := severalLabels(set, j.Loss)
	if err != nil {
		return nil, err
	}
	divide := newSplit
	if multi {
		divide = newLabelSplit
	}
	s, err := divide(set, j.HeldOut, j.Seed)
	if err == nil && why != "" {
		s.notes = append(s.notes, why)
	}
	return s, err
}

// severalLabels tells whether a loss for several labels an image is wanted, and if nobody said so, why.
func severalLabels(set *datasets.Set, loss string) (multi bool, why string, err error) {
	switch loss {
	case train.Softmax.String(), "softmax":
		return false, "", nil
	case train.Sigmoid.String(), "sigmoid":
		return true, "", nil
	case "":
	default:
		return false, "", usage.Unknown("loss", loss, "softmax", "sigmoid")
	}
	none := false
	for _, it := range set.Items {
		none = none || it.None
		if len(it.Labels()) > 1 || len(it.Ignored()) > 0 {
			return true, fmt.Sprintf("images have several labels (%s, for one): the loss is the sigmoid cross-entropy, the measure mean AP", it.ID), nil
		}
	}
	if none && len(set.Classes) == 1 {
		return true, fmt.Sprintf("there is one class (%s), and images that are not of it: the loss is the sigmoid cross-entropy, the measure mean AP", set.Classes[0]), nil
	}
	return false, "", nil
}
