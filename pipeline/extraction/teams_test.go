package extraction

import (
	"testing"

	"fc7/extract"
	"fc7/vgg"
)

// TestChosenTeams: few cores, and little memory, are one team; many cores are several, whose memory, by what each is
// told to take, keeps in its bound.
func TestChosenTeams(t *testing.T) {
	c, err := vgg.Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	one := extract.Options{Scales: []int{256}, Views: extract.ViewsCentre}
	for _, job := range []struct {
		cores       int
		memory      int64
		nets        []vgg.Config
		o           extract.Options
		least, most int
	}{
		{2, 0, []vgg.Config{c}, one, 1, 1},
		{15, 0, []vgg.Config{c}, one, 1, 1},
		{64, 0, []vgg.Config{c}, one, 8, 64},
		{128, 0, []vgg.Config{c}, extract.Options{}, 8, 128},
		{64, 1 << 30, []vgg.Config{c}, one, 1, 3},
		{64, 1 << 20, []vgg.Config{c}, one, 1, 1},
		{64, 4 << 30, []vgg.Config{c, c}, extract.Options{}, 1, 4},
		{64, 16 << 30, []vgg.Config{c}, extract.Options{}, 8, 40},
	} {
		n, err := chosenTeams(job.cores, job.memory, job.nets, job.o)
		if err != nil || n < job.least || n > job.most {
			t.Errorf("%d cores, %d bytes, %d nets: %d teams, %v, want %d to %d", job.cores, job.memory, len(job.nets), n, err, job.least, job.most)
		}
		if n == 1 || job.memory == 0 {
			continue
		}
		if a := c.Memory(job.cores/n, vgg.Pass{Views: 16, H: 224, W: 224, Last: "fc7"}); int64(n)*a > job.memory {
			t.Errorf("%d teams of %d bytes are more than %d", n, a, job.memory)
		}
	}
	if _, err := chosenTeams(64, 0, []vgg.Config{c}, extract.Options{Layers: []string{"fc9"}}); err == nil {
		t.Error("a layer that there is not was planned for")
	}
}
