package vgg

import (
	"testing"

	"fc7/internal/hostile"
	"fc7/internal/readjson"
)

func FuzzPreprocess(f *testing.F) { preprocessTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { preprocessTarget().Test(t, "FuzzPreprocess") }

// preprocessTarget reads preprocessings, as files say them and as weights do.
func preprocessTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts(
			`{"name":"x","order":"RGB","scale":1,"mean":[123.68,116.779,103.939],"std":[1,1,1]}`, `{"order":"bgr","scale":0.00392156862745098,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}`,
			`{"order":"BGR","scale":1,"mean":[0,0,0],"std":[1,1,1]}`, "{\n  \"order\": \"rgb\",\n  \"scale\": 255,\n  \"mean\": [0, 0, 0],\n  \"std\": [2, 2, 2]\n}\n",
			`{"order":"RGB","scale":1,"mean":[1e-3,1e3,0.5],"std":[1e-3,1e3,0.5]}`, `{"name":"","order":"Rgb","scale":0.5,"mean":[-1,-2,-3],"std":[1,2,3]}`, `{"std":[1,1,1],"mean":[1,1,1],"scale":1,"order":"BGR","name":"caffe"}`,
			` {"order":"RGB","scale":2e0,"mean":[1.0,2.0,3.0],"std":[1,1,1]} `, `{"order":"BGR","scale":127.5,"mean":[127.5,127.5,127.5],"std":[127.5,127.5,127.5]}`, `{"name":"\u00fc","order":"rgb","scale":1,"mean":[0.0,0.0,0.0],"std":[58.393,57.12,57.375]}`,
		),
		Words: []string{`"mean"`, `"std"`, `"order"`, `"scale"`, `"name"`, `"RGB"`, `"bgr"`, `0`, `-1`, `1e99`, `1e-99`, `null`, `[`, `]`, `,`, `{`, `}`, `123.68`},
		Alloc: func(n int) uint64 { return 1<<20 + 1000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			var first error
			for _, read := range []func([]byte, any) error{readjson.Strict, readjson.Text} {
				p, err := parsePreprocess(file, read)
				if err == nil && p.check() != nil {
					r.Errorf("took %+v: %v", p, p.check())
				}
				if first = err; err == nil {
					r.Text(p.Name, p.Order)
					r.Floats(append(p.Mean[:], p.Std[:]...))
				}
			}
			return first
		},
	}
}
