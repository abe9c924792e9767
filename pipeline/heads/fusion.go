package heads

import (
	"fmt"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/outputs"
)

// Region says which rows of a table of boxed objects a head's descriptors come from.
type Region string

// The regions. A row of the heads is an object wherever a table has any.
const (
	RegionRow   Region = ""      // the rows as they are
	RegionImage Region = "image" // the row of the whole image that the object is in
	RegionBox   Region = "box"   // the object's own row
	RegionBoth  Region = "both"  // both, stacked; of Job only
)

// Regions lists those that a user may ask for.
func Regions() []Region { return []Region{RegionImage, RegionBox, RegionBoth} }

// Table is a table, or a region of one, that heads were trained on; the parts of a stacked descriptor are in this
// order.
type Table struct {
	Identity outputs.Identity `json:"identity"`
	Layer    string           `json:"layer"`
	Columns  []string         `json:"columns"` // of the table, in the order of the recipe's scales
	Region   Region           `json:"region,omitempty"`
}

// fuse makes one descriptor a row of all tables: it cuts them into regions, leaves rows out, and stacks what is left by
// key. Of a single part, failed rows stay in as missing ones; of several, a row that is missing or failed in any of
// them is an error unless it is excluded.
func (f *fused) fuse(all []fusedTable, j Job) error {
	parts, err := regions(all, j.Regions)
	if err != nil {
		return err
	}
	keep, excluded, err := j.exclusion(all)
	if err != nil {
		return err
	}
	f.excluded = excluded
	for _, p := range parts {
		f.parts = append(f.parts, p.Table)
	}
	if len(parts) == 1 {
		if j.Normalise != "" {
			return usage.Errorf("%s: one table has nothing to stack, so that normalising in stacking (%s) would do nothing: leave it out, or name more tables", j.Features, j.Normalise)
		}
		f.data = parts[0].data.Subset(parts[0].kept(keep))
		return nil
	}
	f.data, err = stack(parts, keep, j.Normalise)
	return err
}

// regions cuts the tables into the parts of the descriptor. Where no table has objects, each is one part.
func regions(all []fusedTable, want Region) ([]fusedTable, error) {
	if want != RegionRow && !slices.Contains(Regions(), want) {
		return nil, usage.Unknown("region", string(want), string(RegionImage), string(RegionBox), string(RegionBoth))
	}
	boxed := slices.ContainsFunc(all, func(t fusedTable) bool { return t.has(RegionBox) })
	if !boxed {
		if want != RegionRow {
			return nil, usage.Errorf("%s: there are no rows of objects, so no region (%s) can be chosen: extract the boxes", all[0].path, want)
		}
		return all, nil
	}
	var parts []fusedTable
	for _, t := range all {
		for _, r := range []Region{RegionImage, RegionBox} {
			if t.has(r) && (want == r || want == RegionBoth || want == RegionRow) {
				p := t
				p.Region = r
				parts = append(parts, p)
			}
		}
	}
	for _, r := range []Region{RegionImage, RegionBox} {
		if (want == r || want == RegionBoth) && !slices.ContainsFunc(parts, func(p fusedTable) bool { return p.Region == r }) {
			return nil, usage.Errorf("%s: there are no rows of region %s: extract them, or choose another region", all[0].path, r)
		}
	}
	return toObjects(all, parts)
}

// has tells whether a table has rows of a region.
func (t fusedTable) has(r Region) bool {
	return slices.ContainsFunc(t.rows, func(row outputs.Row) bool { return (row.Object > 0) == (r == RegionBox) })
}

// toObjects gives each part one row an object: of the first table with boxes, in its order. A part of images repeats
// the row of an image for each of its objects; labels are always the object's.
func toObjects(all, parts []fusedTable) ([]fusedTable, error) {
	first := all[slices.IndexFunc(all, func(t fusedTable) bool { return t.has(RegionBox) })]
	var objects []int
	for i, r := range first.rows {
		if r.Object > 0 {
			objects = append(objects, i)
		}
	}
	for n, p := range parts {
		var own []int
		if p.Region == RegionBox {
			for i, r := range p.rows {
				if r.Object > 0 {
					own = append(own, i)
				}
			}
			parts[n] = p.take(own)
			continue
		}
		at := map[string]int{}
		for i, r := range p.rows {
			if r.Object == 0 {
				at[r.Image] = i
			}
		}
		var lost []string
		for _, i := range objects {
			image, ok := at[first.rows[i].Image]
			if !ok {
				lost = append(lost, first.data.IDs[i])
			}
			own = append(own, image)
		}
		if len(lost) > 0 {
			return nil, fmt.Errorf("%s has no row of the image of %s: extract whole images too, or choose the region box", p.path, few.Names(lost))
		}
		q, keys := p.take(own), first.take(objects)
		keys.data.X, keys.data.Recipe, keys.data.Missing = q.data.X, q.data.Recipe, q.data.Missing
		q.data = keys.data
		for i := range q.rows {
			q.rows[i].Object = keys.rows[i].Object
		}
		parts[n] = q
	}
	return parts, nil
}

// take returns some rows of a table; its slices are new.
func (t fusedTable) take(rows []int) fusedTable {
	t.data = t.data.Subset(rows)
	of := t.rows
	t.rows = nil
	for _, i := range rows {
		t.rows = append(t.rows, of[i])
	}
	return t
}

// kept returns the rows that are not excluded.
func (t fusedTable) kept(keep func(outputs.Row) bool) []int {
	out := make([]int, 0, len(t.rows))
	for i, r := range t.rows {
		if keep(r) {
			out = append(out, i)
		}
	}
	return out
}

// stack joins parts by key into one descriptor a row.
func stack(parts []fusedTable, keep func(outputs.Row) bool, place protocol.L2) (protocol.Data, error) {
	none := protocol.Data{}
	base := parts[0].take(parts[0].kept(keep))
	var recipes []protocol.Recipe
	var mats []svm.Matrix
	for n, p := range parts {
		p = p.take(p.kept(keep))
		if n > 0 {
			order, err := align(base, p)
			if err != nil {
				return none, err
			}
			p = p.take(order)
		}
		if err := p.refuseFailed(); err != nil {
			return none, err
		}
		recipes, mats = append(recipes, p.data.Recipe), append(mats, p.data.X)
	}
	recipe, err := protocol.Fuse(recipes, place)
	if err != nil {
		return none, err
	}
	d := base.data
	d.Recipe, d.Missing = recipe, nil
	d.X, err = recipe.Stacked(mats)
	return d, err
}

// align returns the rows of b in the order of a's. Different keys, labels or splits are an error that names all kinds
// of them.
func align(a, b fusedTable) ([]int, error) {
	at := make(map[string]int, len(b.data.IDs))
	for i, id := range b.data.IDs {
		at[id] = i
	}
	order := make([]int, 0, len(a.data.IDs))
	var lost, labels, splits []string
	for i, id := range a.data.IDs {
		k, ok := at[id]
		if !ok {
			lost = append(lost, id)
			continue
		}
		delete(at, id)
		order = append(order, k)
		if !slices.Equal(a.data.Labels[i], b.data.Labels[k]) || !slices.Equal(a.data.Ignored[i], b.data.Ignored[k]) || isNone(a.data, i) != isNone(b.data, k) {
			labels = append(labels, id)
		}
		if !slices.Equal(a.data.Splits[i], b.data.Splits[k]) {
			splits = append(splits, id)
		}
	}
	var extra []string
	for _, id := range b.data.IDs {
		if _, ok := at[id]; ok {
			extra = append(extra, id)
		}
	}
	var diff []string
	for _, d := range []struct {
		what string
		ids  []string
	}{{"only in the first", lost}, {"only in the second", extra}, {"with other labels", labels}, {"in other splits", splits}} {
		if len(d.ids) > 0 {
			diff = append(diff, d.what+": "+few.Names(d.ids))
		}
	}
	if len(diff) > 0 {
		return nil, fmt.Errorf("%s and %s are not tables of the same rows (%s): extract both from one data set, or exclude rows by name",
			a.path, b.path, strings.Join(diff, "; "))
	}
	return order, nil
}

// isNone tells whether a row is known to be of none of the classes.
func isNone(d protocol.Data, i int) bool { return d.None != nil && d.None[i] }

// refuseFailed is an error where a row has no descriptor.
func (t fusedTable) refuseFailed() error {
	var failed []string
	for i, m := range t.data.Missing {
		if m {
			failed = append(failed, fmt.Sprintf("%s (%s)", t.data.IDs[i], t.rows[i].Error))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%s: no descriptor of %s: extract again, or exclude failed rows, by name or all of them", t.path, few.Names(failed))
}
