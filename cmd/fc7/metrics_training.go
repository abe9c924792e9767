package main

import (
	"fc7/internal/monitor"
	"fc7/pipeline/training"
	"fc7/pipeline/training/trainlog"
)

// trainingFigures are what a training tells of itself: the last step, the last epoch that was validated, and how far
// the views of fine-tuning are.
type trainingFigures struct {
	step  trainlog.Step
	epoch trainlog.Epoch
	views training.ViewsInfo
}

// trains is measures.of of a training.
func (m *measures) trains(ev training.Events) training.Events {
	if m.server == nil {
		return ev
	}
	told, t := ev, &trainingFigures{}
	m.note(func() { m.training = t })
	ev.Step = func(s trainlog.Step) { m.note(func() { t.step = s }); told.Step(s) }
	ev.Epoch = func(e trainlog.Epoch) { m.note(func() { t.epoch = e }); told.Epoch(e) }
	ev.Views = func(v training.ViewsInfo) { m.note(func() { t.views = v }); told.Views(v) }
	return ev
}

// trained are the figures of now; nil: nothing is trained.
func (m *measures) trained() (now *trainingFigures) {
	m.note(func() {
		if m.training != nil {
			t := *m.training
			now = &t
		}
	})
	return now
}

func (t *trainingFigures) figures() []monitor.Figure {
	s, e := t.step, t.epoch
	all := []monitor.Figure{
		monitor.Gauge("fc7_train_stage", "Stage of the training, from 1; 0: it has not begun.", float64(s.Stage)),
		monitor.Gauge("fc7_train_stages", "Stages in all.", float64(s.Stages)),
		monitor.Gauge("fc7_train_epoch", "Epoch of the stage, from 1.", float64(s.Epoch)),
		monitor.Gauge("fc7_train_epochs", "Epochs of the stage.", float64(s.Epochs)),
		monitor.Gauge("fc7_train_images", "Images of an epoch.", float64(s.Total)),
		monitor.Gauge("fc7_train_images_done", "Images of this epoch that are done.", float64(s.Images)),
		monitor.Gauge("fc7_train_step", "Steps of all stages that are done, those of earlier starts included.", float64(s.Step)),
		monitor.Gauge("fc7_train_loss", "Loss of the last step's batch, without the penalty.", s.Loss),
		monitor.Gauge("fc7_train_rate", "Learning rate.", s.Rate),
		monitor.Gauge("fc7_images_per_second", "Images a second of the last step, waiting included.", s.Speed),
		monitor.Gauge("fc7_train_waiting_ratio", "Share of the last step's time that the net had no images.", s.Waiting),
		monitor.Gauge("fc7_train_views", "Views whose maps fine-tuning keeps.", float64(t.views.Total)),
		monitor.Gauge("fc7_train_views_done", "Of these, those that are computed.", float64(t.views.Done)),
	}
	if e.Validated == 0 {
		return all
	}
	all = append(all, monitor.Gauge("fc7_validation_loss", "Loss of the validation images after the last epoch.", e.ValLoss))
	if e.MultiLabel {
		return append(all, monitor.Gauge("fc7_validation_mean_ap", "Mean AP of the validation images, a share.", e.MeanAP))
	}
	if e.Boxes {
		return append(all,
			monitor.Gauge("fc7_validation_wrong_boxes", "Share of the validation images whose box is wrong.", e.Top1),
			monitor.Gauge("fc7_validation_mean_iou", "Mean IoU of the boxes of the validation images.", e.MeanIoU))
	}
	return append(all,
		monitor.Gauge("fc7_validation_top1_error", "Top-1 error of the validation images, a share.", e.Top1),
		monitor.Gauge("fc7_validation_top5_error", "Top-5 error of the validation images, a share.", e.Top5))
}
