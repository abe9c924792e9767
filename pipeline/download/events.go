package download

// Events are told what happens on the way; any of them may be nil.
type Events struct {
	Progress func(file string, have, all int64) // bytes; all is 0 where it is not known
	Note     func(string)                       // a sentence that the user should see
}

func (e Events) progress(file string) func(have, all int64) {
	if e.Progress == nil {
		return nil
	}
	return func(have, all int64) { e.Progress(file, have, all) }
}

func (e Events) note(s string) {
	if e.Note != nil {
		e.Note(s)
	}
}
