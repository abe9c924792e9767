// Package training trains nets of package vgg, in stages that follow one another, with checkpoints from which a killed
// run goes on with the very same losses.
//
// Run is the recipe of the paper's section 3.1: a net from the start, on a data set with one class an image. FineTune
// starts from a weights file, on a data set with one class or several labels an image: new last layers, and others that
// are not frozen, learn on maps of the last frozen layer, which are computed once for some views of each image
// (cachedviews.go) and lie in a cache on the disk; a second stage may train more layers on images. What the two do
// differently is a method: scratch or tuning; all else is the same, and a stage's inputs come from its feed.
//
// An image that cannot be read is told, counted and left out; a machine that cannot read any (a disk that is gone, too
// many open files) stops the run, which keeps its steps and goes on when the same command is given again.
//
// A run's folder holds run.json (what the run is, compared before it goes on), splits.tsv (the images trained and
// validated on), checkpoints/ (the last few; each is complete: weights, momenta, schedule, place in the epoch),
// log.jsonl (one line an epoch and one every so many steps), sittings.json (when it was at work, and by which command:
// for the report, no run depends on it) and, from the first epoch on, weights.safetensors: the weights with the lowest
// validation error so far, a net like any other.
//
// What is random (order of the images, crops, flips, shifts of colour, scales, dropout) is drawn from the seed, the
// stage, the epoch and the place of the image in the data set alone, so that no generator's state needs keeping.
package training
