package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// readingHelp explains readingFlags.
const readingHelp = `What a file of weights does not say of itself can be said. --preprocess is how images are
prepared: torchvision (RGB, 0 to 1, less the mean, by the deviation), authors (the paper's: BGR,
0 to 255, less the mean colour), slim, keras, vggface, or FILE.json with the fields that 'fc7
weights inspect' prints; or --mean and --std say it in numbers, in the order of --channel-order.
Without them fc7 goes by what the file records, else by its tensor names, and says so. What a
file of fc7's own records is not overruled. --prefix names one of several nets in a checkpoint
(model_ema.). --pool-rounding says how pooling rounds an odd side.`

// readingFlags say of weights what the file does not.
type readingFlags struct {
	said      []said
	prefixes  []string
	rounding  string
	mean, std []float64
	order     string
	size      float64 // of the range of pixels, 255 or 1; 0: not said
	changed   func(flag string) bool
}

// said is a word for a preprocessing; nil: as the file has it.
type said struct{ *vgg.Preprocess }

// asFile is the word for what a file says of itself.
const asFile = "auto"

// readingFlagNames are those that readingFlags adds.
var readingFlagNames = []string{"preprocess", "mean", "std", "channel-order", "input-range", "prefix", "pool-rounding"}

func (r *readingFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	r.changed = f.Changed
	f.Var(&values[said]{to: &r.said, kind: "string", parse: parseSaid}, "preprocess",
		"how images are prepared for the weights: "+usage.OneOf(append(vgg.PreprocessNames(), "FILE.json"))+"; of several weights once for all, or once for each, "+asFile+" for one that says it itself; default: as the file says, or its tensor names tell")
	three := func(name, want, help string, to *[]float64, least func(string) (float64, error)) {
		flag(f, to, name, "floats", "", func(s string) ([]float64, error) {
			var all []float64
			for part := range strings.SplitSeq(s, ",") {
				x, err := least(strings.TrimSpace(part))
				if err != nil {
					return nil, usage.Unfit("", s, want)
				}
				all = append(all, x)
			}
			if len(all) != 3 {
				return nil, usage.Unfit("", s, want)
			}
			return all, nil
		}, help)
	}
	three("mean", "three numbers with commas between them, such as 123.68,116.779,103.939", "instead of --preprocess: what is subtracted of each channel, in the order of --channel-order", &r.mean, finite)
	three("std", "three numbers above 0 with commas between them, such as 0.229,0.224,0.225", "with --mean: what each channel is then divided by; default: 1,1,1", &r.std, positive)
	flag(f, &r.order, "channel-order", "string", "", channelOrder, "order of the channels that the weights expect, rgb or bgr; the mean of --preprocess turns with it; default: with --mean rgb, else as --preprocess or the file has it")
	flag(f, &r.size, "input-range", "float", "", inputRange, "with --mean: 255 where pixels are 0 to 255 when it is subtracted, 1 where they are 0 to 1; default: 255, if a mean is above 1")
	flag(f, &r.rounding, "pool-rounding", "string", "", oneOf("pool rounding", vgg.RoundingFloor, vgg.RoundingCeil),
		"how the net's max-pooling rounds an odd side: floor drops the last row or column, ceil pools it by itself; default: as the file's own framework does (Caffe: ceil)")
	f.StringArrayVar(&r.prefixes, "prefix", nil, "of a checkpoint with several nets, the one whose tensors' names begin so, such as model_ema; of several weights once for all, or once for each")
}

func parseSaid(s string) (said, error) {
	if s == asFile {
		return said{}, nil
	}
	p, err := vgg.ParsePreprocess(s)
	return said{&p}, err
}

// finite reads any number.
func finite(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 32)
	if err == nil && x-x != 0 {
		err = fmt.Errorf("%s is not finite", s)
	}
	return x, err
}

func channelOrder(s string) (string, error) {
	o, err := oneOf("order of channels", "rgb", "bgr")(strings.ToLower(s))
	return strings.ToUpper(o), err
}

func inputRange(s string) (float64, error) {
	if x, err := strconv.ParseFloat(s, 64); err == nil && (x == 1 || x == 255) {
		return x, nil
	}
	return 0, usage.Unfit("", s, "255, where pixels are 0 to 255, or 1, where they are 0 to 1")
}

// readings are those of n files.
func (r *readingFlags) readings(n int) (download.Readings, error) {
	if err := r.check(n); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(readingFlagNames, r.changed) {
		return nil, nil
	}
	own, err := r.own()
	if err != nil {
		return nil, err
	}
	out := make(download.Readings, n)
	for i := range out {
		out[i].Rounding = r.rounding
		out[i].Said = vgg.Said{Preprocess: own, Order: r.order}
		if len(r.said) > 0 {
			out[i].Said.Preprocess = r.said[min(i, len(r.said)-1)].Preprocess
		}
		if len(r.prefixes) > 0 {
			out[i].Prefix = r.prefixes[min(i, len(r.prefixes)-1)]
		}
	}
	return out, nil
}

// reading is that of the one file of a verb.
func (r *readingFlags) reading() (download.Reading, error) {
	all, err := r.readings(1)
	return all.Of(0), err
}

// check refuses flags that do not go together.
func (r *readingFlags) check(n int) error {
	for name, given := range map[string]int{"preprocess": len(r.said), "prefix": len(r.prefixes)} {
		if given > 1 && given != n {
			return usage.Errorf("--%s is given %d times for %s: want it once, or once for each", name, given, counted(n, "file")+" of weights")
		}
	}
	if r.changed("mean") && r.changed("preprocess") {
		return usage.Errorf("--mean and --preprocess exclude each other")
	}
	for _, name := range []string{"std", "input-range"} {
		if r.changed(name) && !r.changed("mean") {
			return usage.Errorf("--%s needs --mean", name)
		}
	}
	return nil
}

// own is the preprocessing that the numbers say; nil: they say none.
func (r *readingFlags) own() (*vgg.Preprocess, error) {
	if !r.changed("mean") {
		return nil, nil
	}
	if r.size == 0 {
		if r.size = 255; slices.Max(r.mean) <= 1 {
			return nil, usage.Errorf("--mean %s: say by --input-range whether pixels are 0 to 255 or 0 to 1 when it is subtracted", commas(r.mean))
		}
	}
	std, order := [3]float64{1, 1, 1}, "RGB"
	if len(r.std) > 0 {
		std = [3]float64(r.std)
	}
	if r.order != "" {
		order = r.order
	}
	p, err := vgg.Own(order, r.size/255, [3]float64(r.mean), std)
	return &p, usage.Wrap(err)
}
