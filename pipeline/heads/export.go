package heads

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"fc7/heads/portable"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/atomicfile"
	"fc7/internal/usage"
)

// The formats of Export.
const (
	FormatONNX      = "onnx"
	FormatLIBLINEAR = "liblinear"
)

// Formats names the formats of Export.
func Formats() []string { return []string{FormatONNX, FormatLIBLINEAR} }

// Export writes the head in a folder, or file, for other programs: as an ONNX graph on the columns of the feature
// table, or as LIBLINEAR's text model on the final descriptors.
func Export(path, format, out string, replace bool) error {
	h, err := load(path)
	if err != nil {
		return err
	}
	p, err := h.portable()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var text bytes.Buffer
	switch format {
	case FormatONNX:
		err = portable.WriteONNX(&text, p)
	case FormatLIBLINEAR:
		solver := map[svm.Loss]string{
			svm.SquaredHinge: portable.SolverSquaredHinge, svm.Hinge: portable.SolverHinge, svm.Logistic: portable.SolverLogistic,
			svm.Softmax: portable.SolverSoftmax,
		}
		err = portable.WriteLIBLINEAR(&text, p, solver[h.Settings.Loss])
	default:
		err = fmt.Errorf("there is no format %q of heads; there are %v", format, Formats())
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", out, err)
	}
	if err := atomicfile.WriteBytes(out, text.Bytes(), replace); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists already and is not replaced: choose another name, or allow it with --force", out)
		}
		return err
	}
	return nil
}

// portable is the head as other programs see it. Inputs are named after the columns of the tables; of several parts
// with the part's number before.
func (h *Saved) portable() (portable.Head, error) {
	source, err := json.Marshal(h.tables)
	if err != nil {
		return portable.Head{}, err
	}
	p := portable.Head{
		Classes: h.Classes, Weights: h.Weights, Bias: h.Bias,
		Source: string(source), L2: normalisedAt(h.Recipe.L2),
	}
	switch h.Settings.Loss {
	case svm.Logistic:
		p.Sense = portable.Logistic
	case svm.Softmax:
		p.Sense = portable.Softmax
	}
	for i, r := range h.recipes() {
		if r, err = r.Complete(); err != nil {
			return p, usage.InFile(err)
		}
		part := portable.Part{Widths: r.Widths, How: string(r.Aggregate), L2: normalisedAt(r.L2)}
		for _, name := range h.tables[i].Columns {
			if len(h.tables) > 1 {
				name = fmt.Sprintf("part%d_%s", i+1, name)
			}
			part.Inputs = append(part.Inputs, name)
		}
		p.Parts = append(p.Parts, part)
	}
	return p, nil
}

func normalisedAt(l protocol.L2) portable.Place {
	return portable.Place{
		Before: l == protocol.L2Before || l == protocol.L2Both,
		After:  l == protocol.L2After || l == protocol.L2Both,
	}
}
