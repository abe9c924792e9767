package picture

import (
	"bytes"
	"fmt"
	"io"
)

// poller asks a function of DecodeOptions.Poll, counts what a decoder is fed, and keeps the first error: what decoders
// make of it is another.
type poller struct {
	ask  func() error
	fed  int64 // bytes
	most int64 // of them; 0: any number
	size int64 // of the file
	err  error
}

// fedSlack is what a decoder may be fed beyond the bytes of a file: headers that are made for it, buffers.
const fedSlack = 64 << 10

// of begins to count for a file of size bytes. Decoders read it once for the header and once for the pixels; those that
// may read a part of it again say so (allow).
func (p *poller) of(size int) { p.size, p.most = int64(size), 2*int64(size)+fedSlack }

// allow sets how many bytes a decoder may be fed.
func (p *poller) allow(most int64) {
	if p != nil {
		p.most = most
	}
}

// feed counts bytes that a decoder is given. More than an image of its kind can need are an error: so a decoder that
// would never end is cut after the same work on every machine.
func (p *poller) feed(n int) error {
	if p == nil {
		return nil
	}
	p.fed += int64(n)
	if p.err == nil && p.most > 0 && p.fed > p.most {
		p.err = fmt.Errorf("%w: the pixels are not all there after %d bytes of packed data, in a file of %d", ErrTooLarge, p.most, p.size)
	}
	return p.err
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
	feed func(n int) error // nil: nothing is counted
	most int
}

func (p polled) Read(b []byte) (int, error) {
	if err := p.poll(); err != nil {
		return 0, err
	}
	n, err := p.r.Read(b[:min(len(b), p.most)])
	if p.feed != nil {
		if err := p.feed(n); err != nil {
			return 0, err
		}
	}
	return n, err
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
	n, err := p.at.ReadAt(b, off)
	if err := p.feed(n); err != nil {
		return 0, err
	}
	return n, err
}

// reader reads data, asking Poll.
func (o DecodeOptions) reader(data []byte) io.Reader {
	r := bytes.NewReader(data)
	if o.Poll == nil {
		return r
	}
	return polledFile{polled{r, o.Poll, o.work.feed, atOnce}, r}
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
	return polled{io.MultiReader(rs...), o.Poll, o.work.feed, atOnce}
}
