package pickle

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func unpickleBytes(data []byte) (any, error) {
	v, _, err := NewReader(bytes.NewReader(data), 0, int64(len(data))).Read()
	return v, err
}

// wantError fails unless err has every one of the texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; expected one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
}

// pairs makes a dictionary.
func pairs(items ...any) *Dict {
	d := &Dict{}
	if err := d.setAll(items); err != nil {
		panic(err)
	}
	return d
}

// What each instruction leaves on the stack.
func TestInstructions(t *testing.T) {
	object := func(args ...any) *Object { return &Object{Callee: Global{"m", "f"}, Args: args} }
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
		"LONG1 of 9":       {"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", Long("\x00\x00\x00\x00\x00\x00\x00\x80\x00")},
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
		"SHORT_BINBYTES":   {"C\x02ab.", Bytes("ab")},
		"BINBYTES":         {"B\x02\x00\x00\x00ab.", Bytes("ab")},
		"BINBYTES8":        {"\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab.", Bytes("ab")},
		"BYTEARRAY8":       {"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.", Bytes("ab")},
		"empty tuple":      {").", Tuple{}},
		"TUPLE1":           {"K\x01\x85.", Tuple{int64(1)}},
		"TUPLE2":           {"K\x01K\x02\x86.", Tuple{int64(1), int64(2)}},
		"TUPLE3":           {"K\x01K\x02K\x03\x87.", Tuple{int64(1), int64(2), int64(3)}},
		"TUPLE":            {"K\x09(K\x01K\x02t.", Tuple{int64(1), int64(2)}},
		"list":             {"(K\x01K\x02l.", &List{[]any{int64(1), int64(2)}}},
		"append":           {"]K\x01aK\x02a.", &List{[]any{int64(1), int64(2)}}},
		"appends":          {"](K\x01K\x02e.", &List{[]any{int64(1), int64(2)}}},
		"set":              {"\x8f(K\x01\x90.", &List{[]any{int64(1)}}},
		"frozen set":       {"(K\x01\x91.", &List{[]any{int64(1)}}},
		"dict":             {"(U\x01aK\x01d.", pairs("a", int64(1))},
		"set item":         {"}U\x01aK\x01sU\x01aK\x02s.", pairs("a", int64(2))},
		"set items":        {"}(U\x01aK\x01K\x05K\x02u.", pairs("a", int64(1), int64(5), int64(2))},
		"keys of no text":  {"}(K\x01K\x02K\x03K\x04u.", &Dict{Keys: []any{int64(1), int64(3)}, Values: []any{int64(2), int64(4)}}},
		"global":           {"cm\nf\n.", Global{"m", "f"}},
		"stack global":     {"U\x01mU\x01f\x93.", Global{"m", "f"}},
		"reduce":           {"cm\nf\nK\x01\x85R.", object(int64(1))},
		"new object":       {"cm\nf\n)\x81.", &Object{Callee: Global{"m", "f"}, Args: Tuple{}}},
		"new object, keys": {"cm\nf\nK\x01\x85}\x92.", object(int64(1))},
		"OBJ":              {"(cm\nf\nK\x01o.", object(int64(1))},
		"INST":             {"(K\x01im\nf\n.", object(int64(1))},
		"build":            {"cm\nf\nK\x01\x85RK\x02b.", &Object{Callee: Global{"m", "f"}, Args: Tuple{int64(1)}, State: int64(2)}},
		"build on a dict":  {"}K\x02b.", &Dict{}},
		"object's items":   {"cm\nf\nK\x01\x85RU\x01aK\x02s.", &Object{Callee: Global{"m", "f"}, Args: Tuple{int64(1)}, dict: pairs("a", int64(2))}},
		"object's list":    {"cm\nf\nK\x01\x85RK\x02a.", &Object{Callee: Global{"m", "f"}, Args: Tuple{int64(1)}, list: &List{[]any{int64(2)}}}},
		"persistent":       {"U\x01kQ.", &Persistent{"k"}},
		"persistent, text": {"Pk\n.", &Persistent{"k"}},
		"pop":              {"K\x01K\x020.", int64(1)},
		"pop a mark":       {"K\x01(0.", int64(1)},
		"pop to the mark":  {"K\x01(K\x02K\x031.", int64(1)},
		"dup":              {"K\x012\x86.", Tuple{int64(1), int64(1)}},
		"memo":             {"K\x01q\x050h\x05.", int64(1)},
		"long memo":        {"K\x01r\x05\x00\x00\x010j\x05\x00\x00\x01.", int64(1)},
		"memo in text":     {"K\x01p7\n0g7\n.", int64(1)},
		"memoize":          {"K\x01\x94K\x02\x940h\x00\x86.", Tuple{int64(1), int64(1)}},
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
		"items of nothing":     {"(K\x01K\x02u", "expected a value"},
		"item of nothing":      {"K\x01K\x02s", "expected a value"},
		"append to nothing":    {"K\x01a", "expected a value"},
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

// Whichever instruction reads a line, an endless one is refused as such.
func TestEndlessLines(t *testing.T) {
	for _, code := range []string{"c", "cm\n", "i", "im\n", "p", "g", "I", "L", "F", "S", "V", "P"} {
		_, err := unpickleBytes([]byte("N" + code + strings.Repeat("1", 10000) + "\n."))
		wantError(t, err, "pickle, byte 1", "a line of at most 4096")
	}
}

func TestPickleErrorsTellTheByte(t *testing.T) {
	_, err := unpickleBytes([]byte("\x80\x02NN\xff"))
	wantError(t, err, "byte 4")
}

// A pickle that would run a command in Python is only a record here.
func TestCallsAreOnlyRecorded(t *testing.T) {
	data := []byte("\x80\x02cposix\nsystem\nX\x0e\x00\x00\x00touch executed\x85R.")
	got, err := unpickleBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	want := &Object{Callee: Global{"posix", "system"}, Args: Tuple{"touch executed"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
}

func TestPickleLimits(t *testing.T) {
	_, err := unpickleBytes(bytes.Repeat([]byte("N"), maxOps+1))
	wantError(t, err, "at most 2097152 instructions")
	text := append([]byte("B\x00\x10\x00\x00"), bytes.Repeat([]byte("x"), 4096)...)
	_, err = unpickleBytes(bytes.Repeat(text, MaxText/4096+1))
	wantError(t, err, "bytes of text")
}

// A long byte string stays in the file, so it is charged to no limit.
func TestLongBytesStayInTheFile(t *testing.T) {
	const n = shortBytes + 1
	for code, head := range map[string]string{"T": "T\x01\x10\x00\x00", "B": "B\x01\x10\x00\x00"} {
		data := append([]byte(head), bytes.Repeat([]byte("x"), n)...)
		data = append(data, "K\x05\x86."...)
		in := NewReader(bytes.NewReader(data), 0, int64(len(data)))
		got, _, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		if want := (Tuple{Blob{5, n}, int64(5)}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, expected %v", code, got, want)
		}
		if in.pos != int64(len(data)) || in.text > 100 {
			t.Errorf("%s: ended at byte %d of %d, %d bytes of text", code, in.pos, len(data), in.text)
		}
	}
}

func TestPicklesInARow(t *testing.T) {
	data := "..K\x01.U\x03abc.N.rest"
	in := NewReader(strings.NewReader(data), 2, int64(len(data)-2))
	for _, want := range []any{int64(1), "abc", nil} {
		got, _, err := in.Read()
		if err != nil || got != want {
			t.Errorf("got %v, %v; expected %v", got, err, want)
		}
	}
	if rest := data[in.pos:]; rest != "rest" {
		t.Errorf("left %q", rest)
	}
}

func TestDescribe(t *testing.T) {
	class := Global{"torchvision.models.vgg", "VGG"}
	for want, v := range map[string]any{
		"None": nil, "true": true, "3": int64(3), "1.5": 1.5, `the string "a"`: "a", "a large int": Long{1}, "bytes": Bytes{},
		"a tuple of 1": Tuple{1}, "a list of 0": &List{}, "a dictionary of 0": &Dict{}, "a reference to a storage": &Persistent{},
		"the name torchvision.models.vgg.VGG":              class,
		"an object made by torchvision.models.vgg.VGG":     &Object{Callee: class},
		"an object made by copy_reg._reconstructor":        &Object{Callee: Global{"copy_reg", "_reconstructor"}},
		"an object made by an unnamed class":               &Object{Callee: int64(1)},
		"something else":                                   struct{}{},
		"an object made by torch.nn.modules.linear.Linear": &Object{Callee: &Persistent{Tuple{"module", Global{"torch.nn.modules.linear", "Linear"}}}},
		"an object made by old.Style": &Object{
			Callee: Global{"copy_reg", "_reconstructor"}, Args: Tuple{Global{"old", "Style"}},
		},
	} {
		if got := Describe(v); got != want {
			t.Errorf("got %q, expected %q", got, want)
		}
	}
}

func FuzzPickle(f *testing.F) { pickleTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { pickleTarget().Test(t, "FuzzPickle") }

// pickleTarget reads pickles of every protocol.
func pickleTarget() *hostile.Target {
	x := &hostile.Target{
		Words: []string{
			"\x80\x02", "\x80\x05", ".", "(", "0", "1", "2", "t", "u", "s", "e", "a", "b", "d", "l", "}", "]", ")", "N", "Q", "R", "\x81", "\x85", "\x86", "\x87",
			"\x88", "\x89", "\x8f", "\x90", "\x91", "\x92", "\x93", "\x94", "\x97", "\x98", "q\x00", "h\x00", "j\x00\x00\x00\x00", "r\xff\xff\xff\x7f", "K\x01", "M\x00\x01", "J\xff\xff\xff\xff",
			"\x8a\x01\x7f", "\x8b\x04\x00\x00\x00\x01\x02\x03\x04", "X\x01\x00\x00\x00w", "\x8c\x01a", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00a", "C\x01z", "B\x01\x00\x00\x00z", "T\x01\x00\x00\x00z", "U\x01z",
			"\x95\x04\x00\x00\x00\x00\x00\x00\x00", "G\x3f\xf0\x00\x00\x00\x00\x00\x00", "F1.5\n", "I01\n", "L7L\n", "S'a'\n", "Vb\\u00e9\n", "p0\n", "g0\n", "cos\nsystem\n", "ib\nc\n", "P0\n", "\x96\x01\x00\x00\x00\x00\x00\x00\x00a",
		},
		Read: func(file []byte, r *hostile.Result) error {
			v, err := unpickleBytes(file)
			if err != nil {
				return err
			}
			text := Describe(v)
			if len(text) > 2000 {
				r.Errorf("%d bytes of description", len(text))
			}
			r.Text(text)
			return nil
		},
	}
	for _, s := range []string{
		"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n" +
			"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtRs.",
		"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00](K\x01\x94h\x00e.",
		"(lp0\nI01\naS'a'\na(dp1\ng0\nVb\ns.",
		"\x80\x03(K\x01M\x00\x01J\x00\x00\x01\x00\x8a\x08\x01\x02\x03\x04\x05\x06\x07\x08G\x3f\xf0\x00\x00\x00\x00\x00\x00C\x03abcB\x02\x00\x00\x00xyt.",
		"\x80\x04\x8c\x01m\x8c\x01f\x93\x94K\x01K\x02\x86R}\x8c\x01k\x88sb.", "\x80\x04\x8f(K\x01K\x02\x90(K\x03\x91.", "\x80\x05\x96\x03\x00\x00\x00\x00\x00\x00\x00abc.",
		"\x80\x02]q\x00(K\x01N\x88e2a.", "\x80\x02cm\nC\n)\x81}X\x01\x00\x00\x00aK\x01sb.", "(I1\nL22L\nF1.5\nS'x'\nP9\nt.", "(dp0\nS'a'\np1\n(lp2\nI00\nas.",
		"\x80\x02(T\x01\x00\x00\x00xU\x01yX\x01\x00\x00\x00z\x85\x860(1N.",
	} {
		x.Seeds = append(x.Seeds, []byte(s))
	}
	return x
}
