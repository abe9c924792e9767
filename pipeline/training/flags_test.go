package training

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"fc7/extract/picture"
	"fc7/internal/origin"
	"fc7/vgg/train"
)

// Every setting of a training changes its identity, but for those that change no weights: a run that another one of
// them is given to is not done already.
func TestEverySettingIdentifies(t *testing.T) {
	data := drawn(t, 12)
	j := small(t, data)
	j.Standard = false
	id := func(j Job) []byte {
		r, err := newRun(t.Context(), j, Events{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.method.close()
		id, err := r.identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	none := []string{"Decode", "ImageTime", "patience", "Cache", "Threads", "decoders", "Out", "Command", "Every", "Keep"}
	changes := map[string]func(*Job){
		"DataSet":   func(j *Job) { j.DataSet = drawn(t, 15) },
		"Choice":    func(j *Job) { j.Choice.PerClass = 3 },
		"HeldOut":   func(j *Job) { j.HeldOut = 0.5 },
		"From":      func(j *Job) { j.From = randomNet(t, "vgg11_bn/64:fc8") },
		"As":        func(j *Job) { j.From = stateDict(t, "vgg11_bn/64:fc16", nil); j.As.Said.Order = "BGR" }, // more in TestFromSaid
		"Stages":    func(j *Job) { j.Stages = append(j.Stages, j.Stages...) },
		"Batch":     func(j *Job) { j.Batch++ },
		"Part":      func(j *Job) { j.Part++ },
		"Loss":      func(j *Job) { j.Loss = "sigmoid" },
		"Dropout":   func(j *Job) { j.Dropout = 0 },
		"Momentum":  func(j *Job) { j.Momentum = 0 },
		"Decay":     func(j *Job) { j.Decay = 0 },
		"Clip":      func(j *Job) { j.Clip = 0 },
		"Init":      func(j *Job) { j.Init = initOf(t, "Glorot") },
		"Seed":      func(j *Job) { j.Seed++ },
		"Freeze":    func(j *Job) { j.Freeze = []string{"conv1_1"} },
		"Factors":   func(j *Job) { j.Factors = nil },
		"Standard":  func(j *Job) { j.Standard = true },
		"NoFlip":    func(j *Job) { j.NoFlip = true },
		"NoColour":  func(j *Job) { j.NoColour = true },
		"Decode":    func(j *Job) { j.Decode = picture.DecodeOptions{MaxPixels: 1e8} },
		"ImageTime": func(j *Job) { j.ImageTime = time.Hour },
		"patience":  func(j *Job) { j.patience = time.Hour },
		"Cache":     func(j *Job) { j.Cache = 0 },
		"Threads":   func(j *Job) { j.Threads = 1 },
		"decoders":  func(j *Job) { j.decoders = 1 },
		"Out":       func(j *Job) { j.Out = filepath.Join(t.TempDir(), "other") },
		"Command":   func(j *Job) { j.Command = new(origin.Command) },
		"Every":     func(j *Job) { j.Every = 0 },
		"Keep":      func(j *Job) { j.Keep = 9 },
	}
	was := id(j)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Job]()) {
		change := changes[f.Name]
		if change == nil {
			t.Errorf("%s: does it change what is trained?", f.Name)
			continue
		}
		other := j
		other.Stages = slices.Clone(j.Stages)
		change(&other)
		if same := bytes.Equal(was, id(other)); same != slices.Contains(none, f.Name) {
			t.Errorf("%s: another one gives the same identity: %v", f.Name, same)
		}
	}
	for i := range reflect.TypeFor[Stage]().NumField() {
		switch f := reflect.TypeFor[Stage]().Field(i); f.Name {
		case "Cached", "Frozen": // of fine-tuning
		default:
			other := j
			other.Stages = slices.Clone(j.Stages)
			s := &other.Stages[0]
			switch f.Name {
			case "Net":
				s.Net = "vgg13_bn/64:fc16"
			case "Schedule":
				s.Schedule = "constant"
			default:
				add(reflect.ValueOf(s).Elem().Field(i))
			}
			if bytes.Equal(was, id(other)) {
				t.Errorf("%s of a stage: another one gives the same identity", f.Name)
			}
		}
	}
}

// add makes a number another one.
func add(v reflect.Value) {
	if v.CanInt() {
		v.SetInt(v.Int() + 1)
		return
	}
	v.SetFloat(v.Float() + 0.001)
}

func initOf(t *testing.T, name string) train.Init {
	t.Helper()
	i, err := train.ParseInit(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
