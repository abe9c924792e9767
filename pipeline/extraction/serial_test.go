package extraction

import (
	"testing"

	"fc7/extract"
	"fc7/internal/teams"
	"fc7/vgg"
)

// TestNothingSerial: where 64 cores share out each step of an extraction as one team, what each layer, its copying and
// its pooling leave to few cores is less than a hundredth of the time of all: the cores' idle time, by the plan of the
// steps.
func TestNothingSerial(t *testing.T) {
	const cores = 64
	for _, job := range []struct {
		net string
		o   extract.Options
	}{
		{"vgg16", extract.Options{Scales: []int{256}, Views: extract.ViewsCentre}},
		{"vgg16", extract.Options{Scales: []int{256}, Layers: []string{"fc6", "fc7", "prob"}}},
		{"vgg16", extract.Options{}},
		{"vgg16", extract.Options{Scales: []int{384}, Views: extract.ViewsCrops}},
		{"vgg11_lrn", extract.Options{Scales: []int{256}}},
		{"vgg16c", extract.Options{Scales: []int{256}, Layers: []string{"conv3_1", "pool5"}, Pool: extract.PoolMax}},
		{"vgg16", extract.Options{Scales: []int{256}, Layers: []string{"conv2_1"}, Pool: extract.PoolMap}},
	} {
		c, err := vgg.Lookup(job.net)
		if err != nil {
			t.Fatal(err)
		}
		var all []teams.Step
		for _, p := range job.o.Pictures(500, 375) {
			all = append(all, Steps(c, job.o, p, teams.Batch, cores)...)
		}
		for _, l := range teams.Typical(cores).Idle(all, cores) {
			if l.Share > 0.01 {
				t.Errorf("%s %+v: %s leaves %d cores idle for %.1f %% of the time of all", job.net, job.o, l.Layer, cores, 100*l.Share)
			}
		}
	}
}
