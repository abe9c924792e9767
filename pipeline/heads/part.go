package heads

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// headPart makes one part of a head's descriptor as its table was made.
type headPart struct {
	region Region
	net    *backbone.Net
	d      *extraction.Describers
}

// loadParts loads the nets of all parts; parts of one net share its model.
func (h *Saved) loadParts(ctx context.Context, j PredictJob, ev conveyor.Events) (parts []*headPart, err error) {
	defer func() {
		if err != nil {
			closeParts(parts)
		}
	}()
	files := append([]string{j.Weights}, j.AlsoWeights...)
	matched, err := h.matchWeights(ctx, files, j.As)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Head, err)
	}
	nets := map[string]*backbone.Net{}
	for i, t := range h.tables {
		o, err := t.describeOptions(h.recipes()[i])
		if err != nil {
			return parts, fmt.Errorf("%s: %w", j.Head, err)
		}
		key := fmt.Sprintf("%d\n%s\n%s\n%v", matched[i], t.Layer, t.Identity.WeightsPrefix, t.Identity.Preprocessing)
		if nets[key] == nil {
			nets[key], err = backbone.LoadAs(ctx, t.Identity, backbone.Wanted{Weights: files[matched[i]], As: j.As.Of(matched[i]), Threads: j.Threads}, o)
			if err != nil {
				return parts, err
			}
		}
		if err := t.agree(nets[key], o, h.made(), ev); err != nil {
			return parts, fmt.Errorf("%s: %w", j.Head, err)
		}
		cores, note := extraction.Cores{Threads: j.Threads, Teams: j.teams, Parts: len(h.tables)}, ev
		if i > 0 {
			note.Note = nil // of teams it was told
		}
		d, err := extraction.NewDescribers(nets[key], o, cores, note)
		if err != nil {
			return parts, err
		}
		parts = append(parts, &headPart{t.Region, nets[key], d})
	}
	return parts, nil
}

// closeParts ends the threads of parts.
func closeParts(parts []*headPart) {
	for _, p := range parts {
		p.d.Close()
	}
}

// matchWeights finds the file of each table's net, by its place among files: by its digest where there are several, so
// that the order of the files does not matter, and by the prefix that is said. Files that fit nothing, and nets without
// a file, are all named.
func (h *Saved) matchWeights(ctx context.Context, files []string, as backbone.Readings) ([]int, error) {
	var nets []string // digests, each once
	for _, t := range h.tables {
		if !slices.Contains(nets, t.Identity.WeightsSHA256) {
			nets = append(nets, t.Identity.WeightsSHA256)
		}
	}
	matched := make([]int, len(h.tables))
	if len(nets) == 1 && len(files) == 1 {
		return matched, nil // its identity is compared once it is loaded
	}
	if err := backbone.Distinct(ctx, backbone.WantedAll(files, as, ""), nil); err != nil {
		return nil, err
	}
	for i := range matched {
		matched[i] = -1
	}
	var diff []string
	for k, file := range files {
		sum, err := backbone.Digest(ctx, file)
		if err != nil {
			return nil, err
		}
		fits := false
		for i, t := range h.tables {
			if said := as.Of(k).Prefix; t.Identity.WeightsSHA256 == sum && (said == "" || samePrefix(said, t.Identity.WeightsPrefix)) {
				matched[i], fits = k, true
			}
		}
		if !fits {
			diff = append(diff, fmt.Sprintf("%s has weights sha256 %.12s…, which no part was made with", file, sum))
		}
	}
	for i, t := range h.tables {
		same := func(o Table) bool {
			return o.Identity.WeightsSHA256 == t.Identity.WeightsSHA256 && o.Identity.WeightsPrefix == t.Identity.WeightsPrefix
		}
		if matched[i] >= 0 || slices.IndexFunc(h.tables, same) < i {
			continue
		}
		under := ""
		if t.Identity.WeightsPrefix != "" {
			under = ", under " + t.Identity.WeightsPrefix
		}
		diff = append(diff, fmt.Sprintf("the weights of %s, sha256 %.12s…%s, are not given", t.Identity.Net, t.Identity.WeightsSHA256, under))
	}
	if len(diff) > 0 {
		return nil, fmt.Errorf("%s descriptors of %d weight files: %s", h.made(), len(nets), strings.Join(diff, "; "))
	}
	return matched, nil
}

// samePrefix compares prefixes of tensor names, whose last separator may be left out.
func samePrefix(a, b string) bool { return strings.TrimRight(a, "./") == strings.TrimRight(b, "./") }

// DescribeOptions are those that the table's descriptors were made with, for the scales that the recipe uses.
func (t Table) describeOptions(r protocol.Recipe) (extract.Options, error) {
	id := t.Identity
	id.Layers, id.Scales = []string{t.Layer}, r.Scales
	return backbone.DescribeOptions(id)
}

// made says what a head, or a table in the place of one, is made of descriptors by.
func (h *Saved) made() string {
	if len(h.Classes) == 0 {
		return "the table was made of"
	}
	return "the head was trained on"
}

// agree refuses a net or settings that would give other descriptors than the head knows, which made is the word for.
func (t Table) agree(net *backbone.Net, o extract.Options, made string, ev conveyor.Events) error {
	now := net.Identity(o)
	was := t.Identity
	was.Layers = []string{t.Layer}
	now.Scales, now.Dtype, now.BoxContext = was.Scales, was.Dtype, was.BoxContext // the head's own columns, and boxes as it knows them
	if was.Arithmetic != now.Arithmetic {
		ev.TellNote(fmt.Sprintf("%s descriptors of %s, this machine computes %s: scores may differ in the fifth digit", made, was.Arithmetic, now.Arithmetic))
		now.Arithmetic = was.Arithmetic
	}
	if diff := was.DescriptorDifferences(now); len(diff) > 0 {
		return fmt.Errorf("%s other descriptors: %s", made, strings.Join(diff, "; "))
	}
	return nil
}

// run makes the descriptors of all items of a set and tells the rows in order.
func (p *headPart) run(ctx context.Context, set *datasets.Set, j PredictJob, ev conveyor.Events, tell func(outputs.Row) error) error {
	own := *set
	if p.region == RegionImage {
		own.Items = slices.Clone(set.Items)
		for i := range own.Items {
			own.Items[i].Box = nil
		}
	}
	var pending []int
	for i := range own.Items {
		if p.region != RegionBox || own.Items[i].Box != nil {
			pending = append(pending, i)
		}
	}
	c := p.d.Conveyor(&own, conveyor.Options{Decode: j.Decode, Threads: j.Threads, ImageTime: j.ImageTime}, ev)
	return p.d.Run(ctx, c, pending, &rowTeller{items: own.Items, tell: tell})
}

// noBox is why an image has no score by a head of objects.
const noBox = "the head scores boxed objects, and this is an image without a box"

// rowTeller is the consumer that tells rows in order, with a failed one for each item that was not sent.
type rowTeller struct {
	items []datasets.Item
	next  int
	tell  func(outputs.Row) error
}

func (t *rowTeller) Consume(ctx context.Context, rows <-chan conveyor.Numbered) error {
	for n := range rows {
		if ctx.Err() != nil {
			return nil
		}
		if err := t.skipTo(n.Item); err != nil {
			return err
		}
		t.next = n.Item + 1
		if err := t.tell(n.Row); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return t.skipTo(len(t.items))
}

func (t *rowTeller) skipTo(item int) error {
	for ; t.next < item; t.next++ {
		it := t.items[t.next]
		row := outputs.Row{
			Image: it.ID, Object: it.Object, Labels: it.Labels(), Ignored: it.Ignored(), None: it.None, Status: outputs.StatusFailed,
			Error: noBox,
		}
		if err := t.tell(row); err != nil {
			return err
		}
	}
	return nil
}
