package extraction

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/escape"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// Sampled tells of the descriptors that were computed again.
type Sampled struct {
	Rows      int     `json:"rows"`
	Exact     bool    `json:"exact"`     // compared to the last bit; false: the arithmetic is another
	Tolerance float64 `json:"tolerance"` // else: of the relative L2 distance
	Largest   float64 `json:"largest"`   // relative L2 distance that was found
}

// Tolerances for descriptors of another arithmetic: float32 sums in another order differ by 1e-6 and less, rounding to
// float16 by 2^-11 of each value.
const (
	tolerance32 = 1e-5
	tolerance16 = 1e-3
)

// sampler keeps n of the rows that it is offered, each as likely as any other (reservoir sampling).
type sampler struct {
	n, seen int
	random  *rand.Rand
	rows    []table.Place
}

func newSampler(n int, seed uint64) sampler {
	return sampler{n: n, random: rand.New(rand.NewPCG(seed, 0))}
}

func (s *sampler) offer(r table.Place) {
	s.seen++
	if len(s.rows) < s.n {
		s.rows = append(s.rows, r)
	} else if s.n > 0 {
		if i := s.random.IntN(s.seen); i < s.n {
			s.rows[i] = r
		}
	}
}

// lostName tells whether a name of a file, or KIND:PATH, is of none because bytes of it were replaced.
func lostName(name string) bool {
	_, path, _ := strings.Cut(name, ":")
	_, e1 := os.Stat(name)
	_, e2 := os.Stat(path)
	return strings.ContainsRune(name, utf8.RuneError) && e1 != nil && e2 != nil
}

// sample computes the chosen descriptors again.
func (v *VerifyResult) sample(ctx context.Context, j VerifyJob, chosen []table.Place, ev conveyor.Events) error {
	given := j.DataSet != ""
	if m := v.Written; m != nil {
		j.DataSet, j.Weights = cmp.Or(j.DataSet, m.DataSet), cmp.Or(j.Weights, m.Weights)
	}
	if (j.DataSet == "" || j.Weights == "") && v.Unread != nil {
		return fmt.Errorf("the manifest, which names the data set and the weights, cannot be read: %w; give both, or put it back", v.Unread)
	}
	if j.DataSet == "" || j.Weights == "" {
		return errors.New("no manifest names the data set and the weights: give both")
	}
	for flag, name := range map[string]string{"--data": j.DataSet, "--weights": j.Weights} {
		if lostName(name) {
			return usage.Errorf("the manifest names %s, but as a JSON text it could not hold bytes that are no UTF-8: give the name with %s", escape.Name(name), flag)
		}
	}
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil && !given {
		err = usage.InFile(err)
	}
	if err != nil {
		return err
	}
	if d := sameInputs(set, *v.Identity); len(d) > 0 {
		v.Note("the data set is not the table's list of inputs, or a part of it was taken: %s", strings.Join(d, "; "))
	}
	if v.Identity.Aggregate != "" {
		return fmt.Errorf("the table is aggregated (%s): name the run that it was made of", v.Identity.Aggregate)
	}
	o, err := backbone.DescribeOptions(*v.Identity)
	if err != nil {
		return err
	}
	net, err := backbone.LoadAs(ctx, *v.Identity, backbone.Wanted{Weights: j.Weights, As: j.As, Threads: j.Threads}, o)
	if err != nil {
		return err
	}
	v.Sampled = &Sampled{Exact: v.Identity.Arithmetic == net.Arithmetic(), Tolerance: tolerance32}
	if v.Columns[0].Dtype == outputs.Float16 {
		v.Sampled.Tolerance = tolerance16
	}
	if err := v.agree(net, o); err != nil {
		return err
	}
	d, err := NewDescribers(net, o, Cores{Threads: j.Threads, Teams: j.Teams}, ev)
	if err != nil {
		return err
	}
	defer d.Close()
	again := &resampler{v: v, rows: map[int]table.Place{}}
	items := v.items(set, chosen, again.rows)
	c := d.Conveyor(set, conveyor.Options{Decode: j.decode, Threads: j.Threads}, ev)
	c.Total = len(items)
	return d.Run(ctx, c, items, again)
}

// agree makes sure that the net would give the table's descriptors.
func (v *VerifyResult) agree(net *backbone.Net, o extract.Options) error {
	now := net.Identity(o)
	now.Dtype, now.BoxContext = v.Identity.Dtype, v.Identity.BoxContext // the data set was opened with it
	if now.Arithmetic != v.Identity.Arithmetic {
		v.Note("the table is of arithmetic %s, this machine computes %s: compared within a tolerance", v.Identity.Arithmetic, now.Arithmetic)
		now.Arithmetic = v.Identity.Arithmetic
	}
	if d := v.Identity.DescriptorDifferences(now); len(d) > 0 {
		return fmt.Errorf("%s would give other descriptors: %s", net.Path, strings.Join(d, "; "))
	}
	return nil
}

// items finds the sampled rows' items, in order, and enters them in rows.
func (v *VerifyResult) items(set *datasets.Set, chosen []table.Place, rows map[int]table.Place) []int {
	type name struct {
		id     string
		object int
	}
	wanted := map[name]table.Place{}
	for _, s := range chosen {
		wanted[name{s.Image, s.Object}] = s
	}
	var items []int
	for i, it := range set.Items {
		n := name{it.ID, it.Object}
		if s, ok := wanted[n]; ok {
			rows[i] = s
			items = append(items, i)
			delete(wanted, n)
		}
	}
	for _, s := range wanted {
		v.Problem(v.Names[s.Shard], "row %d: %s is not in the data set", s.Row, s.Image)
	}
	return items
}

// resampler is the consumer that compares rows with those that are stored.
type resampler struct {
	v    *VerifyResult
	rows map[int]table.Place
}

func (r *resampler) Consume(_ context.Context, rows <-chan conveyor.Numbered) error {
	for n := range rows {
		s := r.rows[n.Item]
		stored, err := r.stored(s)
		if err != nil {
			r.v.Problem(r.v.Names[s.Shard], "%v", err)
			continue
		}
		r.v.Sampled.Rows++
		if n.Row.Status == outputs.StatusFailed {
			r.v.Problem(r.v.Names[s.Shard], "row %d: the image of %s no longer gives a descriptor: %s", s.Row, s.Image, n.Row.Error)
			continue
		}
		r.compare(s, stored, &n.Row)
	}
	return nil
}

// stored reads the row group that holds the row.
func (r *resampler) stored(s table.Place) (*outputs.Row, error) {
	shard, err := outputs.OpenShard(filepath.Join(r.v.Dir, r.v.Names[s.Shard]))
	if err != nil {
		return nil, err
	}
	defer shard.Close()
	at := s.Row
	for g := range shard.Groups() {
		if n := shard.GroupRows(g); at >= n {
			at -= n
			continue
		}
		rows, err := shard.ReadGroup(g)
		if err != nil {
			return nil, err
		}
		return &rows[at], nil
	}
	return nil, fmt.Errorf("row %d is gone", s.Row)
}

func (r *resampler) compare(s table.Place, stored, now *outputs.Row) {
	file, what := r.v.Names[s.Shard], r.v.Sampled
	if now.Width != stored.Width || now.Height != stored.Height {
		r.v.Problem(file, "row %d: the image of %s has %dx%d pixels now, the table says %dx%d", s.Row, s.Image, now.Width, now.Height, stored.Width, stored.Height)
		return
	}
	for i, c := range r.v.Columns {
		got := c.Stored(now.Descriptors[i])
		d := distance(got, stored.Descriptors[i])
		what.Largest = max(what.Largest, d)
		if same := slices.Equal(got, stored.Descriptors[i]); !same && (what.Exact || !(d <= what.Tolerance)) {
			r.v.Problem(file, "row %d: computed again from its image, %s of %s differs by %.2g (relative L2)", s.Row, c.Name, s.Image, d)
		}
	}
}

// distance is |a-b| / |b|.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range a {
		e := float64(a[i]) - float64(b[i])
		d, n = d+e*e, n+float64(b[i])*float64(b[i])
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / max(n, math.SmallestNonzeroFloat64))
}

// sameInputs compares the table's list of inputs with that of a data set.
func sameInputs(set *datasets.Set, id outputs.Identity) []string {
	now := id
	now.Inputs = table.Inputs(set)
	return id.InputDifferences(now)
}
