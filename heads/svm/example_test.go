package svm_test

import (
	"context"
	"fmt"
	"log"

	"fc7/heads/svm"
)

// Three classes in the plane, one classifier against the rest for each: LIBLINEAR's problem, of which C is the only
// parameter that has to be chosen.
func ExampleTrain() {
	x := svm.Dense([]float32{
		1, 0,
		0.9, 0.1,
		0, 1,
		0.1, 0.8,
		-1, -1,
		-0.9, -0.8,
	}, 2)
	labels := []int{0, 0, 1, 1, 2, 2}
	m, stats, err := svm.Train(context.Background(), svm.Problem{X: x, Y: svm.OneVsRest(labels, 3)}, svm.Options{C: 10})
	if err != nil {
		log.Fatal(err)
	}
	scores, err := m.Decision([]float32{0.2, 0.9})
	if err != nil {
		log.Fatal(err)
	}
	for k, s := range scores {
		fmt.Printf("class %d: above 0 %v, converged %v\n", k, s > 0, stats.Classes[k].Converged)
	}
	// Output:
	// class 0: above 0 false, converged true
	// class 1: above 0 true, converged true
	// class 2: above 0 false, converged true
}
