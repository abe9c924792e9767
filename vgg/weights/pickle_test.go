package weights

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

func unpickleBytes(data []byte) (any, error) {
	s := newMemory(data)
	v, _, err := unpickle(newPickleInput(s, 0, s.size))
	return v, err
}

// pairs makes a dictionary.
func pairs(items ...any) *pyDict {
	d := &pyDict{}
	if err := d.setAll(items); err != nil {
		panic(err)
	}
	return d
}

// What each instruction leaves on the stack.
func TestInstructions(t *testing.T) {
	object := func(args ...any) *pyObject { return &pyObject{callee: pyGlobal{"m", "f"}, args: args} }
	for name, c := range map[string]struct {
		pickle string
		want   any
	}{
		"none":             {"N.", nil},
		"true":             {"\x88.", true},
		"false":            {"\x89.", false},
		"true in text":     {"I01\n.", true},
		"false in text":    {"I00\n.", false},
		"int in text":      {"I-12\n.", int64(-12)},
		"long in text":     {"L123456789012L\n.", int64(123456789012)},
		"BININT":           {"J\xfe\xff\xff\xff.", int64(-2)},
		"BININT1":          {"K\xff.", int64(255)},
		"BININT2":          {"M\xff\xff.", int64(65535)},
		"LONG1":            {"\x8a\x02\x00\xff.", int64(-256)},
		"LONG1 empty":      {"\x8a\x00.", int64(0)},
		"LONG1 of 8":       {"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", int64(math.MaxInt64)},
		"LONG1 of 9":       {"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", pyLong("\x00\x00\x00\x00\x00\x00\x00\x80\x00")},
		"LONG4":            {"\x8b\x01\x00\x00\x00\x05.", int64(5)},
		"float in text":    {"F1.5\n.", 1.5},
		"BINFLOAT":         {"G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5},
		"string":           {"S'ab'\n.", "ab"},
		"unicode":          {"Vab\n.", "ab"},
		"BINUNICODE":       {"X\x03\x00\x00\x00\xc3\xbca.", "üa"},
		"SHORT_BINUNICODE": {"\x8c\x02ab.", "ab"},
		"BINUNICODE8":      {"\x8d\x02\x00\x00\x00\x00\x00\x00\x00ab.", "ab"},
		"SHORT_BINSTRING":  {"U\x02ab.", "ab"},
		"BINSTRING":        {"T\x02\x00\x00\x00ab.", "ab"},
		"SHORT_BINBYTES":   {"C\x02ab.", pyBytes("ab")},
		"BINBYTES":         {"B\x02\x00\x00\x00ab.", pyBytes("ab")},
		"BINBYTES8":        {"\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab.", pyBytes("ab")},
		"BYTEARRAY8":       {"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.", pyBytes("ab")},
		"empty tuple":      {").", pyTuple{}},
		"TUPLE1":           {"K\x01\x85.", pyTuple{int64(1)}},
		"TUPLE2":           {"K\x01K\x02\x86.", pyTuple{int64(1), int64(2)}},
		"TUPLE3":           {"K\x01K\x02K\x03\x87.", pyTuple{int64(1), int64(2), int64(3)}},
		"TUPLE":            {"K\x09(K\x01K\x02t.", pyTuple{int64(1), int64(2)}},
		"list":             {"(K\x01K\x02l.", &pyList{[]any{int64(1), int64(2)}}},
		"append":           {"]K\x01aK\x02a.", &pyList{[]any{int64(1), int64(2)}}},
		"appends":          {"](K\x01K\x02e.", &pyList{[]any{int64(1), int64(2)}}},
		"set":              {"\x8f(K\x01\x90.", &pyList{[]any{int64(1)}}},
		"frozen set":       {"(K\x01\x91.", &pyList{[]any{int64(1)}}},
		"dict":             {"(U\x01aK\x01d.", pairs("a", int64(1))},
		"set item":         {"}U\x01aK\x01sU\x01aK\x02s.", pairs("a", int64(2))},
		"set items":        {"}(U\x01aK\x01K\x05K\x02u.", pairs("a", int64(1), int64(5), int64(2))},
		"global":           {"cm\nf\n.", pyGlobal{"m", "f"}},
		"stack global":     {"U\x01mU\x01f\x93.", pyGlobal{"m", "f"}},
		"reduce":           {"cm\nf\nK\x01\x85R.", object(int64(1))},
		"new object":       {"cm\nf\n)\x81.", &pyObject{callee: pyGlobal{"m", "f"}, args: pyTuple{}}},
		"new object, keys": {"cm\nf\nK\x01\x85}\x92.", object(int64(1))},
		"OBJ":              {"(cm\nf\nK\x01o.", object(int64(1))},
		"INST":             {"(K\x01im\nf\n.", object(int64(1))},
		"build":            {"cm\nf\nK\x01\x85RK\x02b.", &pyObject{callee: pyGlobal{"m", "f"}, args: pyTuple{int64(1)}, state: int64(2)}},
		"build on a dict":  {"}K\x02b.", &pyDict{}},
		"object's items":   {"cm\nf\nK\x01\x85RU\x01aK\x02s.", &pyObject{callee: pyGlobal{"m", "f"}, args: pyTuple{int64(1)}, dict: pairs("a", int64(2))}},
		"object's list":    {"cm\nf\nK\x01\x85RK\x02a.", &pyObject{callee: pyGlobal{"m", "f"}, args: pyTuple{int64(1)}, list: &pyList{[]any{int64(2)}}}},
		"persistent":       {"U\x01kQ.", &pyPersistent{"k"}},
		"persistent, text": {"Pk\n.", &pyPersistent{"k"}},
		"pop":              {"K\x01K\x020.", int64(1)},
		"pop a mark":       {"K\x01(0.", int64(1)},
		"pop to the mark":  {"K\x01(K\x02K\x031.", int64(1)},
		"dup":              {"K\x012\x86.", pyTuple{int64(1), int64(1)}},
		"memo":             {"K\x01q\x050h\x05.", int64(1)},
		"long memo":        {"K\x01r\x05\x00\x00\x010j\x05\x00\x00\x01.", int64(1)},
		"memo in text":     {"K\x01p7\n0g7\n.", int64(1)},
		"memoize":          {"K\x01\x94K\x02\x940h\x00\x86.", pyTuple{int64(1), int64(1)}},
		"protocol, frame":  {"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unpickleBytes([]byte(c.pickle))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, expected %#v", got, c.want)
			}
		})
	}
}

func TestBadPickles(t *testing.T) {
	for name, c := range map[string]struct{ pickle, text string }{
		"unknown instruction":  {"\xff", "0xff"},
		"protocol 6":           {"\x80\x06N.", "up to 5, found 6"},
		"nothing left":         {".", "nothing on the stack"},
		"no end":               {"N", "truncated"},
		"stack underflow":      {"0", "expected a value"},
		"underflow to a mark":  {"K\x01(a", "expected a value"},
		"tuple over a mark":    {"K\x01(K\x02\x86", "expected a value"},
		"no mark":              {"K\x01t", "expected a mark"},
		"no memo":              {"h\x05", "remembered value 5"},
		"memo of nothing":      {"q\x00", "expected a value"},
		"negative memo":        {"Ng-1\n", "at least 0"},
		"reduce without tuple": {"cm\nf\nK\x01R", "tuple of arguments, found 1"},
		"odd dictionary":       {"(K\x01d", "without one"},
		"items of a number":    {"K\x01K\x02K\x03s", "expected a dictionary"},
		"append to a number":   {"K\x01K\x02a", "expected a list"},
		"global of numbers":    {"K\x01K\x02\x93", "two strings"},
		"extension":            {"\x82\x01", "extension registry"},
		"buffer outside":       {"\x97", "buffers outside"},
		"object without class": {"(o", "expected a class"},
		"string escape":        {"S'\\x00'\n", "plain quoted string"},
		"string unquoted":      {"Sab\n", "plain quoted string"},
		"unicode escape":       {"V\\u0041\n", "without escapes"},
		"int too long":         {"\x8b\xff\xff\xff\xff", "at most 4096 bytes"},
		"no number":            {"Ix\n", `found "x"`},
		"no float":             {"Fx\n", `found "x"`},
		"endless line":         {"c" + strings.Repeat("m", 10000) + "\n", "a line of at most 4096"},
		"string beyond end":    {"X\xff\xff\xff\xffab", "expected 4294967295 more bytes, found 2"},
		"string of 2^63":       {"\x8d\x00\x00\x00\x00\x00\x00\x00\x80ab", "truncated"},
		"bytes beyond end":     {"B\xff\xff\xff\xffab", "truncated"},
		"bytes of 2^63":        {"\x8e\x00\x00\x00\x00\x00\x00\x00\x80ab", "2^63"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unpickleBytes([]byte(c.pickle))
			wantError(t, err, "pickle", c.text)
		})
	}
}

func TestPickleErrorsTellTheByte(t *testing.T) {
	_, err := unpickleBytes([]byte("\x80\x02NN\xff"))
	wantError(t, err, "byte 4")
}

// A pickle that would run a command in Python is only a record here.
func TestCallsAreOnlyRecorded(t *testing.T) {
	data := newPickler().name("posix", "system").text("touch executed").op("\x85R").stop()
	got, err := unpickleBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	want := &pyObject{callee: pyGlobal{"posix", "system"}, args: pyTuple{"touch executed"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
}

func TestPickleLimits(t *testing.T) {
	_, err := unpickleBytes(bytes.Repeat([]byte("N"), maxPickleOps+1))
	wantError(t, err, "at most 2097152 instructions")
	text := append([]byte("B\x00\x10\x00\x00"), bytes.Repeat([]byte("x"), 4096)...)
	_, err = unpickleBytes(bytes.Repeat(text, maxPickleText/4096+1))
	wantError(t, err, "bytes of text")
}

// A long byte string stays in the file, so it is charged to no limit.
func TestLongBytesStayInTheFile(t *testing.T) {
	const n = shortBytes + 1
	for code, head := range map[string]string{"T": "T\x01\x10\x00\x00", "B": "B\x01\x10\x00\x00"} {
		data := append([]byte(head), bytes.Repeat([]byte("x"), n)...)
		s := newMemory(append(data, "K\x05\x86."...))
		in := newPickleInput(s, 0, s.size)
		got, _, err := unpickle(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := (pyTuple{pyBlob{5, n}, int64(5)}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, expected %v", code, got, want)
		}
		if in.pos != s.size || in.text > 100 {
			t.Errorf("%s: ended at byte %d of %d, %d bytes of text", code, in.pos, s.size, in.text)
		}
	}
}

func TestPicklesInARow(t *testing.T) {
	data := "..K\x01.U\x03abc.N.rest"
	s := newMemory([]byte(data))
	in := newPickleInput(s, 2, int64(len(data)-2))
	for _, want := range []any{int64(1), "abc", nil} {
		got, _, err := unpickle(in)
		if err != nil || got != want {
			t.Errorf("got %v, %v; expected %v", got, err, want)
		}
	}
	if rest := data[in.pos:]; rest != "rest" {
		t.Errorf("left %q", rest)
	}
}

func TestDescribe(t *testing.T) {
	class := pyGlobal{"torchvision.models.vgg", "VGG"}
	for want, v := range map[string]any{
		"None": nil, "true": true, "3": int64(3), "1.5": 1.5, `the string "a"`: "a", "a large int": pyLong{1}, "bytes": pyBytes{},
		"a tuple of 1": pyTuple{1}, "a list of 0": &pyList{}, "a dictionary of 0": &pyDict{}, "a reference to a storage": &pyPersistent{},
		"the name torchvision.models.vgg.VGG":              class,
		"an object made by torchvision.models.vgg.VGG":     &pyObject{callee: class},
		"an object made by copy_reg._reconstructor":        &pyObject{callee: pyGlobal{"copy_reg", "_reconstructor"}},
		"an object made by an unnamed class":               &pyObject{callee: int64(1)},
		"something else":                                   struct{}{},
		"an object made by torch.nn.modules.linear.Linear": &pyObject{callee: &pyPersistent{pyTuple{"module", pyGlobal{"torch.nn.modules.linear", "Linear"}}}},
		"an object made by old.Style": &pyObject{
			callee: pyGlobal{"copy_reg", "_reconstructor"}, args: pyTuple{pyGlobal{"old", "Style"}},
		},
	} {
		if got := describe(v); got != want {
			t.Errorf("got %q, expected %q", got, want)
		}
	}
}

func FuzzPickle(f *testing.F) {
	f.Add(statePickle("w", view{"FloatStorage", "0", 6, 0, []int{2, 3}, []int{3, 1}}))
	f.Add([]byte("\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00](K\x01\x94h\x00e."))
	f.Add([]byte("(lp0\nI01\naS'a'\na(dp1\ng0\nVb\ns."))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := unpickleBytes(data)
		if err != nil {
			return
		}
		if text := describe(v); len(text) > 2000 {
			t.Errorf("%d bytes of description", len(text))
		}
	})
}
