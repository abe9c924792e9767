package heads

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// drawsOf names the file beside a folder of heads that has the draws of low-shot curves while they are made, so that
// the same command goes on behind those after a stop. It goes when the heads stand.
func drawsOf(out string) string { return out + "-draws.json" }

// draws are those of curves that are made.
type draws struct {
	path string
	kept keptDraws
}

// keptDraws is the content of the file.
type keptDraws struct {
	Tables []string   `json:"tables"` // as in Digests, of the heads that the curves belong to
	Asked  string     `json:"asked"`
	Draws  []keptDraw `json:"draws"`
}

type keptDraw struct {
	Head  string               `json:"head"`
	Shots int                  `json:"shots"`
	Draw  protocol.LowShotDraw `json:"draw"`
}

// openDraws takes up the draws of a start of the same job; those of another, and a damaged file, are told of and made
// anew.
func openDraws(out string, d *Digests, ev conveyor.Events) *draws {
	own := &draws{path: drawsOf(out), kept: keptDraws{Tables: d.Tables, Asked: d.Asked}}
	var found keptDraws
	err := outputs.ReadJSON(own.path, &found)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return own
	case err != nil:
		ev.TellNote(fmt.Sprintf("draws that were kept are not used: %v", err))
	case !slices.Equal(found.Tables, d.Tables) || found.Asked != d.Asked:
		ev.TellNote(fmt.Sprintf("%s: its draws are of another table or other options: they are made anew", own.path))
	default:
		ev.TellNote(fmt.Sprintf("%d draws of the low-shot curves are there already", len(found.Draws)))
		own.kept.Draws = found.Draws
	}
	return own
}

// Draw is one that was kept.
func (d *draws) Draw(head string, shots int, seed uint32) (protocol.LowShotDraw, bool) {
	for _, k := range d.kept.Draws {
		if k.Head == head && k.Shots == shots && k.Draw.Seed == seed {
			return k.Draw, true
		}
	}
	return protocol.LowShotDraw{}, false
}

// Keep adds one to the file.
func (d *draws) Keep(head string, shots int, one protocol.LowShotDraw) error {
	d.kept.Draws = append(d.kept.Draws, keptDraw{head, shots, one})
	if err := outputs.WriteJSON(d.path, d.kept); err != nil {
		return fmt.Errorf("keeping draws: %w", err)
	}
	return nil
}

// dropDraws removes what is not needed any more.
func dropDraws(out string) error {
	if err := os.Remove(drawsOf(out)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
