package datasets

import (
	"fmt"
	"sync"
	"sync/atomic"

	"fc7/internal/machine"
)

// annotationReaders is how many annotations are read at once: on a disk of a network each is a wait.
const annotationReaders = 16

// annotations are those at some paths, or what is wrong with them, in the order of the paths; "": none is asked for.
type annotations struct {
	paths []string
	all   []*Annotation
	errs  []error
}

// readAnnotations reads annotations, several at once.
func readAnnotations(paths []string) annotations {
	a := annotations{paths, make([]*Annotation, len(paths)), make([]error, len(paths))}
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(annotationReaders, len(paths)) {
		readers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(paths); i = int(next.Add(1)) - 1 {
				if paths[i] != "" {
					a.all[i], a.errs[i] = ReadAnnotation(paths[i])
				}
			}
		})
	}
	readers.Wait()
	return a
}

// damaged counts annotations that are none. The zero value is ready.
type damaged struct {
	count int
	first error
	read  int // that are some
}

// take counts what came of an annotation. The error is of a disk that does not give it, which says nothing of what it
// is.
func (d *damaged) take(err error) error {
	switch {
	case err == nil:
		d.read++
	case machine.Withholds(err):
		return err
	default:
		if d.count++; d.first == nil {
			d.first = err
		}
	}
	return nil
}

// end is the error of a set of which every annotation is damaged.
func (d *damaged) end() error {
	if d.read > 0 {
		return nil
	}
	return d.first
}

// notes tell what was counted.
func (d *damaged) notes() []string {
	if d.count == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d annotations cannot be read, and say nothing of their images; the first: %v", d.count, d.count+d.read, d.first)}
}
