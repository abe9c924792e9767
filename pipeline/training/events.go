package training

import "time"

// Events are told what happens on the way; any of them may be nil. They are called from one goroutine.
type Events struct {
	Note  func(string)
	Step  func(StepInfo)
	Epoch func(EpochInfo)
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

// StepInfo is a step of training.
type StepInfo struct {
	Stage   int     `json:"stage"` // from 1
	Stages  int     `json:"stages"`
	Epoch   int     `json:"epoch"` // from 1
	Epochs  int     `json:"epochs"`
	Images  int     `json:"images"` // of the epoch that are done
	Total   int     `json:"total"`
	Step    int     `json:"step"` // of all stages
	Loss    float64 `json:"loss"` // of this step's batch, without the penalty
	Rate    float64 `json:"rate"`
	Speed   float64 `json:"images_per_second"` // of this step, waiting included
	Waiting float64 `json:"waiting"`           // share of the time that the net had no images
}

// EpochInfo is an epoch and the validation after it.
type EpochInfo struct {
	Stage   int     `json:"stage"` // from 1
	Stages  int     `json:"stages"`
	Epoch   int     `json:"epoch"` // from 1
	Epochs  int     `json:"epochs"`
	Net     string  `json:"net"`
	Step    int     `json:"step"`
	Loss    float64 `json:"loss"` // mean over the epoch's images
	ValLoss float64 `json:"val_loss"`
	Top1    float64 `json:"val_top1_error"`
	Top5    float64 `json:"val_top5_error"`
	// MeanRecall is the mean of the classes' recalls, where an image has one class.
	MeanRecall float64 `json:"val_mean_recall,omitempty"`
	// MultiLabel says that an image may have several labels; then there is a mean AP (all-point) instead of the errors.
	MultiLabel bool    `json:"multi_label,omitempty"`
	MeanAP     float64 `json:"val_mean_ap,omitempty"`
	Rate       float64 `json:"rate"`
	Speed      float64 `json:"images_per_second"`
	Waiting    float64 `json:"waiting"`
	Failed     int     `json:"failed"` // images that could not be read
	Best       bool    `json:"best"`
	Seconds    float64 `json:"seconds"`
	Validated  int     `json:"validated"` // images
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
