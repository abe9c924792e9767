package protocol

import "fmt"

// CaltechRows returns the rows to train and to test on of the split that [Caltech] draws for a seed, class by class in the order
// in which it draws them. Of d it needs IDs, Classes and Labels alone; 0 rows a class stand for the paper's 30 and 50.
func CaltechRows(d Data, seed uint32, trainPerClass, testPerClass int) (train, test []int, err error) {
	o, err := CaltechOptions{TrainPerClass: trainPerClass, TestPerClass: testPerClass}.complete()
	if err != nil {
		return nil, nil, err
	}
	if len(d.Labels) != len(d.IDs) {
		return nil, nil, fmt.Errorf("protocol: labels of %d rows for %d IDs", len(d.Labels), len(d.IDs))
	}
	of, err := d.classIndex()
	if err != nil {
		return nil, nil, err
	}
	classes, err := d.caltechClasses(of)
	if err != nil {
		return nil, nil, err
	}
	s := classes.draw(seed, o.TrainPerClass, o.TestPerClass)
	return s.train, s.test, nil
}
