package picture

import (
	"bytes"
	"io"
)

// poller asks a function of DecodeOptions.Poll and keeps its first error: what decoders make of it is another.
type poller struct {
	ask func() error
	err error
}

func (p *poller) check() error {
	if p.err == nil && p.ask != nil {
		p.err = p.ask()
	}
	return p.err
}

// keep is reserve whose error ends the decoding as one of the poll does.
func (p *poller) keep(reserve func(int64) error) func(int64) error {
	if reserve == nil {
		return nil
	}
	return func(n int64) error {
		err := reserve(n)
		if p.err == nil {
			p.err = err
		}
		return err
	}
}

// A decoder reads on as it decodes, so the reader is where it can be stopped. atOnce is how much it gets at a time: 512
// bytes can be a dozen scans of a progressive JPEG, over all of the image.
const atOnce = 512

// polled asks poll before it reads, at most most bytes at a time.
type polled struct {
	r    io.Reader
	poll func() error
	most int
}

func (p polled) Read(b []byte) (int, error) {
	if err := p.poll(); err != nil {
		return 0, err
	}
	return p.r.Read(b[:min(len(b), p.most)])
}

// polledFile is polled for decoders that read here and there.
type polledFile struct {
	polled
	at io.ReaderAt
}

func (p polledFile) ReadAt(b []byte, off int64) (int, error) {
	if err := p.poll(); err != nil {
		return 0, err
	}
	return p.at.ReadAt(b, off)
}

// reader reads data, asking Poll.
func (o DecodeOptions) reader(data []byte) io.Reader {
	r := bytes.NewReader(data)
	if o.Poll == nil {
		return r
	}
	return polledFile{polled{r, o.Poll, atOnce}, r}
}

// chain reads the parts of a file one after the other, asking Poll.
func (o DecodeOptions) chain(parts [][]byte) io.Reader {
	rs := make([]io.Reader, len(parts))
	for i, p := range parts {
		rs[i] = bytes.NewReader(p)
	}
	if o.Poll == nil {
		return io.MultiReader(rs...)
	}
	return polled{io.MultiReader(rs...), o.Poll, atOnce}
}
