package training

import (
	"time"

	"fc7/pipeline/training/trainlog"
)

// Events are told what happens on the way; any of them may be nil. They are called from one goroutine.
type Events struct {
	Note func(string)
	// Plan is told what a new training will take, before its first step; nil: it is not measured.
	Plan  func(Plan)
	Step  func(trainlog.Step)
	Epoch func(trainlog.Epoch)
	Views func(ViewsInfo)
}

// ViewsInfo tells how far the views of the images are computed, on whose maps fine-tuning trains.
type ViewsInfo struct {
	Done    int     `json:"done"`
	Total   int     `json:"total"`
	Failed  int     `json:"failed"` // views of images that could not be read
	Speed   float64 `json:"views_per_second"`
	Waiting float64 `json:"waiting"` // share of the time that the net had no images
}

// meter measures the time of a stretch of training.
type meter struct {
	began   time.Time
	waiting time.Duration
	images  int
}

func newMeter() *meter { return &meter{began: time.Now()} }

func (m *meter) speed() float64 { return float64(m.images) / max(1e-9, time.Since(m.began).Seconds()) }

func (m *meter) share() float64 {
	return m.waiting.Seconds() / max(1e-9, time.Since(m.began).Seconds())
}
