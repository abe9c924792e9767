package metrics_test

import (
	"fmt"
	"log"

	"fc7/heads/metrics"
)

// Average precision as VOC defines it, with an image that is ignored because all its objects are difficult.
func ExamplePrecisionRecall() {
	scores := []float64{0.9, 0.8, 0.7, 0.6}
	truth := []int8{1, 0, -1, 1} // positive, ignored, negative, positive
	c, err := metrics.PrecisionRecall(scores, truth)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("11-point %.4f, all-point %.4f\n", c.AP11(), c.APAll())
	// Output: 11-point 0.8485, all-point 0.8333
}

// Recall is a figure of each class, so that large classes weigh no more than small ones; an image without a prediction
// counts as missed.
func ExampleNewConfusion() {
	truth, predicted := []int{0, 0, 0, 1, 1}, []int{0, 0, 1, 1, -1}
	c, err := metrics.NewConfusion(truth, predicted, 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f, mean class recall %.4f\n", c.Accuracy(), c.MeanRecall())
	// Output: accuracy 0.60, mean class recall 0.5833
}
