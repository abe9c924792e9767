package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fc7/heads/neighbours"
	"fc7/heads/svm"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
)

// DefaultK is a number of neighbours that fits on a line.
const DefaultK = 10

// Job says whose neighbours are looked for.
type Job struct {
	Run     string // folder of a run
	Choice  extraction.FeatureChoice
	K       int  // neighbours of each row
	Exact   bool // also of more rows than limit
	Threads int  // 0: all cores; no result depends on it

	limit int // rows that are all compared with each other; 0: exactUpTo
}

// exactUpTo is how many rows are all compared with each other, which takes minutes at ten times as many as Caltech-101.
const exactUpTo = 100_000

// candidates is how the neighbours of more rows are looked for.
const candidates = "candidates by 256 principal components"

// exact tells whether all of n rows are compared with each other, however long they are.
func (j Job) exact(n int) bool { return j.Exact || n <= cmp.Or(j.limit, exactUpTo) }

// samples tells whether neighbours of the rows x are looked for among candidates.
func (j Job) samples(x svm.Matrix) bool { return !j.exact(x.N) && neighbours.Reduces(x) }

// Neighbours are those of the rows of a table, by the cosine of their descriptors.
type Neighbours struct {
	File    string  `json:"file"`  // where they are kept
	Table   string  `json:"table"` // digest of the table
	Rows    int     `json:"rows"`
	Failed  int     `json:"failed"`  // rows without a descriptor, which are nobody's neighbours
	K       int     `json:"k"`       // of each row; fewer than were asked for in a small table
	Kept    bool    `json:"kept"`    // they were there, and are of this table
	Sampled bool    `json:"sampled"` // of candidates; else all rows were compared with each other
	Recall  float64 `json:"recall"`  // share of the true ones, of a sample of rows where it is sampled, else 1
	Seconds float64 `json:"seconds"`
	Closest []Pair  `json:"closest"` // the nearest pairs

	names   []string // of all rows of the table
	present []int    // rows that have a descriptor
	place   []int    // of each row among those; -1
	lists   *neighbours.Lists
}

// Pair is two rows of a table and 1 - cos of their descriptors.
type Pair struct {
	A        string  `json:"a"`
	B        string  `json:"b"`
	Distance float64 `json:"distance"`
}

// Near is a neighbour.
type Near struct {
	Image    string  `json:"image"` // IMAGE, or IMAGE#OBJECT
	Row      int     `json:"row"`   // of the table, from 0
	Distance float64 `json:"distance"`
}

// columns of the kept file. Rows of the table stand in its order; one that failed has no lists.
var columns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true}, // IMAGE, or IMAGE#OBJECT
	{Name: "neighbours", Kind: outputs.ResultTexts},           // their names, the nearest first
	{Name: "rows", Kind: outputs.ResultInts},                  // their rows in the table, from 0
	{Name: "distances", Kind: outputs.ResultFloats},           // 1 - cos
}

// opened is a table whose descriptors have norm 1.
type opened struct {
	*heads.Descriptors
	x       svm.Matrix // of the present rows
	present []int
	basis   basis // what all results of it have in common
}

// open opens the job's table.
func (j Job) open() (*opened, error) {
	d, err := heads.OpenDescriptors(j.Run, j.Choice)
	if err != nil {
		return nil, err
	}
	o := &opened{Descriptors: d}
	for i, m := range d.Missing {
		if !m {
			o.present = append(o.present, i)
		}
	}
	if len(o.present) == 0 {
		return nil, d.Close(fmt.Errorf("%s: no row has a descriptor", j.Run))
	}
	o.basis = basis{Layer: d.Made.Layer, Columns: d.Made.Columns, Aggregate: string(d.Recipe.Aggregate), L2: string(d.Recipe.L2)}
	if o.basis.Table, err = d.Digest(); err == nil {
		o.x, err = neighbours.Unit(d.Subset(o.present).X)
	}
	if err != nil {
		return nil, d.Close(err)
	}
	return o, nil
}

// FindNeighbours finds the neighbours of all rows of a table, or reads those that are kept, if they are of it.
func FindNeighbours(ctx context.Context, j Job, ev conveyor.Events) (n *Neighbours, err error) {
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	return o.neighbours(ctx, j, ev)
}

func (o *opened) neighbours(ctx context.Context, j Job, ev conveyor.Events) (*Neighbours, error) {
	began := time.Now()
	n, k := o.unfound(j)
	if note := k.fresh(); note != nil {
		n.Kept = true
		if err := n.read(k.path, note.SHA256); err != nil {
			return nil, err
		}
		n.sum(began)
		return n, nil
	}
	if err := k.writable(); err != nil {
		return nil, err
	}
	if err := n.search(ctx, o.x, j, ev); err != nil {
		return nil, err
	}
	k.more = map[string]string{recallKey: strconv.FormatFloat(n.Recall, 'g', -1, 64)}
	if err := n.write(k); err != nil {
		return nil, err
	}
	n.sum(began)
	return n, nil
}

// unfound are the job's neighbours before they are found, and where they are kept.
func (o *opened) unfound(j Job) (*Neighbours, kept) {
	b := o.basis
	if b.K = j.K; j.samples(o.x) {
		b.Asked = candidates
	}
	k := keptIn(j.Run, "neighbours", b)
	n := &Neighbours{
		Sampled: j.samples(o.x), File: k.path, Table: o.basis.Table, Rows: len(o.IDs), Failed: len(o.IDs) - len(o.present), K: max(0, min(j.K, len(o.present)-1)),
		names: o.IDs, present: o.present, place: make([]int, len(o.IDs)),
	}
	for i := range n.place {
		n.place[i] = -1
	}
	for p, i := range o.present {
		n.place[i] = p
	}
	return n, k
}

// unread are the job's neighbours, or more of each row, that are kept of the table, and the digest of their file; nil:
// there are none.
func (o *opened) unread(j Job) (n *Neighbours, sum string) {
	note := noteOf(j.Run, "neighbours")
	if note == nil || note.K < j.K {
		return nil, ""
	}
	j.K = note.K
	n, k := o.unfound(j)
	if note = k.fresh(); note == nil {
		return nil, ""
	}
	n.Kept = true
	return n, note.SHA256
}

// keptNeighbours reads those of unread; nil: there are none.
func (o *opened) keptNeighbours(j Job) (*Neighbours, error) {
	n, sum := o.unread(j)
	if n == nil {
		return nil, nil
	}
	return n, n.read(n.File, sum)
}

// atLeast are neighbours of which the first are the job's: those that are kept, if there are so many, or else the
// job's, which are kept then.
func (o *opened) atLeast(ctx context.Context, j Job, ev conveyor.Events) (*Neighbours, error) {
	if n, err := o.keptNeighbours(j); n != nil || err != nil {
		return n, err
	}
	return o.usedNeighbours(ctx, j, ev)
}

// usedNeighbours are the job's, of which a result is made that does not tell their recall: a note does.
func (o *opened) usedNeighbours(ctx context.Context, j Job, ev conveyor.Events) (*Neighbours, error) {
	n, err := o.neighbours(ctx, j, ev)
	if err == nil {
		n.note(ev)
	}
	return n, err
}

// note tells the recall of candidates.
func (n *Neighbours) note(ev conveyor.Events) {
	if n.Sampled {
		ev.TellNote(n.Share())
	}
}

// Share tells in words how many of the true neighbours candidates have.
func (n *Neighbours) Share() string {
	return fmt.Sprintf("of candidates: %.2f %% of the true neighbours of a sample of rows are among them", 100*n.Recall)
}

// recallKey is where the footer tells the recall.
const recallKey = "fc7.recall"

// search compares the rows x with each other.
func (n *Neighbours) search(ctx context.Context, x svm.Matrix, j Job, ev conveyor.Events) (err error) {
	o := neighbours.Options{K: j.K, Threads: j.Threads, Progress: telling(ev)}
	n.Sampled, n.Recall = j.samples(x), 1
	if !n.Sampled {
		n.lists, err = neighbours.Within(ctx, x, o)
		return err
	}
	ev.TellNote(fmt.Sprintf("more than %d rows: %s, compared in full; --exact compares all", cmp.Or(j.limit, exactUpTo), candidates))
	n.lists, n.Recall, err = neighbours.ByComponents(ctx, x, o)
	return err
}

// telling tells progress in rows.
func telling(ev conveyor.Events) func(done, of int) {
	began := time.Now()
	return func(done, of int) {
		t := time.Since(began)
		ev.TellProgress(conveyor.Progress{Total: of, Done: done, Times: conveyor.Times{Elapsed: t, Computing: t}})
	}
}

// closest is how many pairs a result names.
const closest = 10

// pair is two rows of a table.
type pair struct {
	a, b   int
	square float64
}

// sum finds the nearest pairs.
func (n *Neighbours) sum(began time.Time) {
	var all []pair
	for p := range n.lists.Len() {
		rows, squares := n.lists.Of(p)
		for k, r := range rows {
			a, b := n.present[p], n.present[r]
			back, _ := n.lists.Of(int(r))
			if a < b || !slices.Contains(back, int32(p)) { // else it comes up in the list of the other
				all = append(all, pair{min(a, b), max(a, b), squares[k]})
			}
		}
		if len(all) > 1<<16 {
			all = nearestPairs(all)
		}
	}
	n.Closest = []Pair{}
	for _, p := range nearestPairs(all) {
		n.Closest = append(n.Closest, Pair{n.names[p.a], n.names[p.b], neighbours.CosineDistance(p.square)})
	}
	n.Seconds = time.Since(began).Seconds()
}

// nearestPairs are the first few in order.
func nearestPairs(all []pair) []pair {
	slices.SortFunc(all, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.square, b.square), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
	})
	return all[:min(closest, len(all))]
}

// write keeps the lists.
func (n *Neighbours) write(k kept) error {
	_, err := k.write(columns, func(yield func([]any) bool) {
		for i := range n.names {
			if !yield(n.row(i)) {
				return
			}
		}
	})
	return err
}

// row is that of the kept file for row i of the table.
func (n *Neighbours) row(i int) []any {
	p := n.place[i]
	if p < 0 {
		return []any{n.names[i], nil, nil, nil}
	}
	near := nearRows(n.lists, p, n.names, n.present)
	names, rows, distances := make([]string, len(near)), make([]int32, len(near)), make([]float64, len(near))
	for m, of := range near {
		names[m], rows[m], distances[m] = of.Image, int32(of.Row), of.Distance
	}
	return []any{n.names[i], names, rows, distances}
}

// read takes kept lists back, whose digest is sum.
func (n *Neighbours) read(path, sum string) error {
	l := &neighbours.Lists{K: n.K}
	i := 0
	err := outputs.ReadResults(path, sum, columns, func(values []any) error {
		if i >= len(n.names) || values[0] != n.names[i] || (values[2] == nil) != (n.place[i] < 0) {
			return fmt.Errorf("%s: row %d is not that of the table: remove the file", path, i)
		}
		if n.place[i] >= 0 {
			rows, distances := as[[]int32](values[2]), as[[]float64](values[3])
			if len(rows) != n.K || len(distances) != n.K {
				return fmt.Errorf("%s: row %d has %d neighbours, expected %d: remove the file", path, i, len(rows), n.K)
			}
			for m, r := range rows {
				if r < 0 || int(r) >= len(n.place) || n.place[r] < 0 {
					return fmt.Errorf("%s: row %d has the neighbour %d, which is none: remove the file", path, i, r)
				}
				l.Rows, l.Squares = append(l.Rows, int32(n.place[r])), append(l.Squares, 2*distances[m])
			}
		}
		i++
		return nil
	})
	if err == nil && i != len(n.names) {
		err = fmt.Errorf("%s has %d rows, expected %d: remove the file", path, i, len(n.names))
	}
	n.lists = l
	if err != nil {
		return err
	}
	meta, err := outputs.ResultMetadata(path)
	if err == nil {
		n.Recall, err = strconv.ParseFloat(meta[recallKey], 64)
	}
	if err != nil || !(n.Recall >= 0 && n.Recall <= 1) {
		return fmt.Errorf("%s: recall %q, expected a share: remove the file", path, meta[recallKey])
	}
	return nil
}

// nearRows are the neighbours in list p, by their names and rows in a table of which some rows are present.
func nearRows(l *neighbours.Lists, p int, names []string, present []int) []Near {
	rows, squares := l.Of(p)
	out := make([]Near, len(rows))
	for k, r := range rows {
		out[k] = Near{names[present[r]], present[r], neighbours.CosineDistance(squares[k])}
	}
	return out
}

// Answer is the neighbours of one image, or object of it, in a table.
type Answer struct {
	Image      string `json:"image"`
	Object     int    `json:"object,omitempty"`
	Error      string `json:"error,omitempty"` // why there is none
	Neighbours []Near `json:"neighbours,omitzero"`
}

// Name is that of the row that was asked for.
func (a Answer) Name() string { return rowkey.Of(a.Image, a.Object) }
