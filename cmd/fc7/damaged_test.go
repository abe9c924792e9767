package main

import (
	"testing"

	"fc7/internal/hostile"
	"fc7/vgg/train"
)

func FuzzFlags(f *testing.F) { flagsTarget().Fuzz(f) }

func TestDamagedFlags(t *testing.T) { flagsTarget().Test(t, "FuzzFlags") }

// flagsTarget reads a text as the value of each flag that has a form of its own.
func flagsTarget() *hostile.Target {
	x := &hostile.Target{
		Words: []string{"net=", "D", "s=", "256-512", "epochs=", "rate=", "warmup=", "schedule=", "steps:", "plateau:", "cosine", ",", "=", "-", "MP", "1e9", "NaN", "Inf", "-1", "0", "caffe", "fc*", "[", "h", "ms"},
		Alloc: func(n int) uint64 { return 1<<20 + 1000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			text := string(file)
			taken := 0
			take := func(err error) {
				if err == nil {
					taken++
				} else if err.Error() == "" {
					r.Errorf("an error without words")
				}
			}
			n, err := parsePixels(text)
			if take(err); err == nil && (n < 1 || n > 1<<40) {
				r.Errorf("%d pixels", n)
			}
			s, err := parseSides(text)
			if take(err); err == nil {
				if again, err := parseSides(s.String()); err != nil || again != s {
					r.Errorf("%v is written %s, and read as %v, %v", s, s, again, err)
				}
			}
			stage, err := parseStage(text)
			if take(err); err == nil && (stage.Epochs < 1 || !(stage.Rate > 0) || stage.SMin > stage.SMax) {
				r.Errorf("%+v", stage)
			}
			factor, err := parseFactor(text)
			if take(err); err == nil && (!(factor.Rate > 0) || factor == train.Factor{}) {
				r.Errorf("%+v", factor)
			}
			for _, parse := range []func(string) (float64, error){finite, inputRange, positive, number(0)} {
				v, err := parse(text)
				if take(err); err == nil && v-v != 0 {
					r.Errorf("%v is not finite", v)
				}
			}
			d, err := someTime(text)
			if take(err); err == nil && d <= 0 {
				r.Errorf("%v", d)
			}
			r.Int(taken, n, s.low, s.high, int(d))
			if taken == 0 {
				return err
			}
			return nil
		},
	}
	for _, s := range []string{
		"50MP", "179000000", "256", "256-512", "net=D,s=256-512,epochs=30,rate=0.001,warmup=1,schedule=plateau", "net=A/16,schedule=steps:20,40,epochs=50", "net=E", "fc*=0.1", "conv1_?=2",
		"90s", "5m", "0.5", "255", "1e-3",
	} {
		x.Seeds = append(x.Seeds, []byte(s))
	}
	return x
}
