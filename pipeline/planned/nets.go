package planned

import (
	"context"
	"fmt"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/place"
	"fc7/outputs"
)

// NetPlan is one of several nets that share a plan, which are described in one pass over the images. Each has a run's
// folder of its own, below that of the plan, with a plan of its own whose index is the one above.
type NetPlan struct {
	Folder  string `json:"folder"`
	Weights string `json:"weights"`
}

// Runs are the plans of the tables: one of each net, or the plan itself.
func (p *Plan) Runs() ([]*Plan, error) {
	if len(p.Nets) == 0 {
		return []*Plan{p}, nil
	}
	var all []*Plan
	for _, n := range p.Nets {
		at, err := p.below(n.Folder)
		if err != nil {
			return nil, fmt.Errorf("reading a plan: %w", err)
		}
		one, err := open(at)
		if err != nil {
			return nil, err
		}
		if !one.Above || one.Files != p.Files || one.Items != p.Items || len(one.Nets) > 0 {
			return nil, &Error{text: fmt.Sprintf("%s is not of the plan in %s: plan again, in another folder", at.At(outputs.PlanName), p.Run())}
		}
		all = append(all, one)
	}
	return all, nil
}

// below is the place of one of several nets.
func (p *Plan) below(folder string) (place.Place, error) {
	if _, err := atomicfile.Under(p.Run()).Entry(folder); err != nil {
		return nil, err
	}
	return p.at.Below(folder), nil
}

// AllWeights are those of all nets.
func (p *Plan) AllWeights() []string {
	if len(p.Nets) == 0 {
		return []string{p.Weights}
	}
	var all []string
	for _, n := range p.Nets {
		all = append(all, n.Weights)
	}
	return all
}

// Words name the net, or the nets.
func (p *Plan) Words() string {
	if len(p.Nets) == 0 {
		return p.Identity.Net
	}
	var folders []string
	for _, n := range p.Nets {
		folders = append(folders, n.Folder)
	}
	return fmt.Sprintf("%d nets (%s)", len(folders), strings.Join(folders, ", "))
}

// together is the plan above those of several nets.
func together(plans []*Plan) *Plan {
	first := plans[0]
	p := &Plan{
		Program: first.Program, DataSet: first.DataSet, Settings: first.Settings, Kernels: first.Kernels, Limits: first.Limits,
		Rows: first.Rows, Tasks: first.Tasks, Pin: first.Pin,
	}
	p.Identity = outputs.Identity{Format: first.Identity.Format, Arithmetic: first.Identity.Arithmetic, Inputs: first.Identity.Inputs}
	for _, n := range plans {
		p.Nets = append(p.Nets, NetPlan{n.Folder, n.Weights})
	}
	return p
}

// publishNets gives the plans of several nets, which share the index of one above, their names.
func (p *Plan) publishNets(ctx context.Context, m Making, plans []*Plan) error {
	for _, n := range plans {
		at, err := p.below(n.Folder)
		if err == nil {
			err = at.MkdirAll(".")
		}
		if err != nil {
			return fmt.Errorf("making the table's folder: %w", err)
		}
		there, err := m.standing(ctx, at)
		if err != nil {
			return err
		}
		n.at, n.Format, n.Items, n.Files, n.Set, n.Index = at, p.Format, p.Items, p.Files, p.Set, p.Index
		n.Bytes, n.Absent, n.Above = p.Bytes, p.Absent, true
		if err := m.publish(ctx, n, there); err != nil {
			return err
		}
	}
	return nil
}
