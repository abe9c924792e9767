package bench

import (
	"context"
	"errors"
	"math"
	"testing"

	"fc7/internal/teams"
	"fc7/pipeline/backbone"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg"
)

// TestOnOneThread: where few views took longer than more of them, as on a busy machine, the more views a layer gets the
// longer it still takes.
func TestOnOneThread(t *testing.T) {
	c, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	pass := func(views int) vgg.Pass {
		return vgg.Pass{Views: views, H: vgg.MinSide, W: vgg.MinSide, Last: "fc7"}
	}
	for _, of := range []struct{ few, more, want float64 }{{2, 5, 8}, {9, 5, 5}} {
		if got := onOne(teams.Typical(2), c, pass, "fc6", of.few, of.more); got != of.want {
			t.Errorf("%v s of few and %v of more views: %v, expected %v", of.few, of.more, got, of.want)
		}
	}
}

// TestRunTeams: every layer has its times, and every plan its rates, of which the best is the best.
func TestRunTeams(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates some hundred plans")
	}
	n, err := backbone.Load(t.Context(), backbone.Wanted{Weights: fixture.Weights(t, "vgg11/32", 1)}, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := RunTeams(t.Context(), n, 1)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"conv1_1", "conv2_1", "conv3_1", "conv3_2", "conv4_1", "conv4_2", "conv5_1", "conv5_2", "fc6", "fc7"}
	if len(b.Layers) != len(names) || len(b.Serial) != len(names)+2 || len(b.Plans) != 3*len(servers) || !(b.Bandwidth > 0 && b.CoreBandwidth > 0) || b.Others < 0 || b.Within(1e9) != len(names) {
		t.Fatalf("%+v", b)
	}
	for _, s := range b.Serial {
		// above 1 where a layer is so small that 64 cores take longer than one
		if !(s.Serial >= 0 && !math.IsInf(s.Serial, 0) && s.Idle >= 0 && s.Idle < 1 && s.Time > 0 && s.Time < 1) {
			t.Errorf("%+v", s)
		}
	}
	for i, l := range b.Layers {
		if l.Name != names[i] || b.Serial[i].Name != names[i] {
			t.Errorf("layer %d is %s and %s, want %s", i, l.Name, b.Serial[i].Name, names[i])
		}
		for k := range 2 {
			if !(l.Foretold[k] > 0 && l.Foretold[k] < 1e6 && l.Measured[k] > 0) {
				t.Errorf("%+v", l)
			}
		}
	}
	for _, p := range b.Plans {
		if !(p.Rate > 0 && p.Shared > 0 && p.Most >= p.Rate && p.Most >= p.Shared) || p.Teams < 1 || p.Teams > p.Cores {
			t.Errorf("%+v", p)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := RunTeams(ctx, n, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
