// Peer times fc7 beside ONNX Runtime, by turns, on one machine in one run: whole extractions (fc7 bench extract) and
// the bare net (fc7 bench) against the bare net of ONNX Runtime on tensors of the same shapes. In the root of the
// project:
//
//	npm install --prefix DIR --ignore-scripts onnxruntime-node
//	PEER_NODE=node NODE_PATH=DIR/node_modules go run ./.ci/peer -data caltech101:PATH
//
// Without PEER_NODE, or where that program has no onnxruntime-node, it says so and compares nothing. PEER_NCNN names a
// program that times the bare net by ncnn (see ncnn.go), which then has its turn in each round.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/machine"
	"fc7/pipeline/bench"
	"fc7/vgg"
)

type options struct {
	fc7, data, images, net string
	ncnn                   string // "": none
	runs, threads          int
	side                   int // of the images that the net was made for
}

// hugePages is the environment in which glibc asks for huge pages, as fc7 does: without them the peers take up to twice
// the time where the host's own pages are small, and the ratio would say that of fc7.
func hugePages() []string {
	return append(os.Environ(), "GLIBC_TUNABLES=glibc.malloc.hugetlb=1")
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("peer: ")
	var o options
	flag.StringVar(&o.fc7, "fc7", "bin/fc7", "the program")
	flag.StringVar(&o.data, "data", "", "KIND:PATH of real images")
	flag.StringVar(&o.images, "images", "400,100,30", "images of each job")
	flag.StringVar(&o.net, "net", "vgg16", "the net of both, with random weights")
	flag.IntVar(&o.runs, "runs", 5, "rounds of both")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "threads of both")
	flag.Parse()
	node := os.Getenv("PEER_NODE")
	o.ncnn = os.Getenv("PEER_NCNN")
	if node == "" {
		log.Println("left out: PEER_NODE names no node with onnxruntime-node")
		return
	}
	if out, err := exec.Command(node, "-e", "require('onnxruntime-node')").CombinedOutput(); err != nil {
		last, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		log.Printf("left out: %s has no onnxruntime-node: %v: %s", node, err, last)
		return
	}
	if o.data == "" || o.runs < 1 {
		log.Fatal("want -data KIND:PATH, and at least one run")
	}
	c, err := vgg.Lookup(o.net)
	if err != nil {
		log.Fatal(err)
	}
	o.side = c.Side()
	if err := o.compare(node); err != nil {
		log.Fatal(err)
	}
}

func (o options) compare(node string) (err error) {
	dir, err := os.MkdirTemp("", "fc7-peer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	weights, onnx := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "net.onnx")
	if _, err := o.call("weights", "init", "--net", o.net, "--out", weights); err != nil {
		return err
	}
	if err := writeModel(onnx, o.net); err != nil {
		return err
	}
	p, err := startPeer(node, onnx, o.threads)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	batch, err := p.bestBatch(o.side)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d threads of %d, load %.2f before; centre crops of ONNX Runtime in batches of %d, its best\n\n", o.net, o.threads, runtime.NumCPU(), machine.Load(), batch)
	var t comparison
	for range o.runs {
		if err := o.round(p, &t, weights, batch); err != nil {
			return err
		}
	}
	t.print()
	fmt.Printf("\nload %.2f after; other programs took up to %.2f processors while fc7 worked\n", machine.Load(), t.others)
	return nil
}

// round times everything once.
func (o options) round(p *peer, t *comparison, weights string, batch int) error {
	var e bench.Extract
	args := []string{"--weights", weights, "--threads", strconv.Itoa(o.threads), "--json"}
	if err := o.ask(&e, append([]string{"bench", "extract", o.data, "--images", o.images, "--runs", "1"}, args...)...); err != nil {
		return err
	}
	for _, j := range e.Jobs {
		ms, err := p.time(shapesOf(j, batch))
		if err != nil {
			return err
		}
		n := float64(j.Images - j.Failed)
		t.add("whole extraction, "+j.Name, 1e3*float64(j.Images)/(j.Rate*n), ms/n, j.MemoryBytes)
		if len(j.Others) > 0 {
			t.others = max(t.others, j.Busiest())
		}
	}
	var f bench.Forward
	if err := o.ask(&f, append([]string{"bench"}, args...)...); err != nil {
		return err
	}
	bareJobs := bareJobs(o.side)
	if len(f.Jobs) != len(bareJobs) {
		return fmt.Errorf("fc7 bench has %d jobs, %d are known here", len(f.Jobs), len(bareJobs))
	}
	for i, j := range f.Jobs {
		ms, err := p.time(bareJobs[i].shapes)
		if err != nil {
			return err
		}
		t.add(bare+j.Name, j.Millis, ms/bareJobs[i].images, j.MemoryBytes)
	}
	if o.ncnn == "" {
		return nil
	}
	times, err := ncnnTimes(o.ncnn, o.threads)
	for name, ms := range times {
		t.addThird(bare+name, ms)
	}
	return err
}

// bare is before the names of the jobs of fc7 bench.
const bare = "bare net, "

// bareJob is one of those of fc7 bench, several times.
type bareJob struct {
	images float64
	shapes []shape
}

// bareJobs are those of a net that was made for images of that side.
func bareJobs(side int) []bareJob {
	return []bareJob{
		{9, []shape{{9, 1, side, side}}},
		{40, []shape{{5, 8, side, side}}},
		{3, []shape{{3, 2, 256, 341}, {3, 2, 384, 512}, {3, 2, 512, 683}}},
	}
}

// shapesOf are the tensors of a job: the pictures of an image together, single ones in batches.
func shapesOf(j bench.ExtractJob, batch int) (out []shape) {
	for _, t := range j.Tensors {
		if t.Count > 1 {
			out = append(out, shape{t.Images, t.Count, t.Height, t.Width})
			continue
		}
		if n := t.Images / batch; n > 0 {
			out = append(out, shape{n, batch, t.Height, t.Width})
		}
		if rest := t.Images % batch; rest > 0 {
			out = append(out, shape{1, rest, t.Height, t.Width})
		}
	}
	return out
}

// call runs fc7 and returns its standard output.
func (o options) call(args ...string) ([]byte, error) {
	var text bytes.Buffer
	cmd := exec.Command(o.fc7, args...)
	cmd.Stderr = &text
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("fc7 %s: %w: %s", strings.Join(args, " "), err, text.String())
	}
	return out, nil
}

func (o options) ask(v any, args ...string) error {
	out, err := o.call(args...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, v)
}

// shape is so many times a tensor of pictures, height, width.
type shape [4]int

// peer is ONNX Runtime in a process of its own.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer(node, onnx string, threads int) (*peer, error) {
	cmd := exec.Command(node, ".ci/peer/ort.js", onnx, strconv.Itoa(threads))
	cmd.Env = hugePages()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &peer{cmd, in, bufio.NewReader(out)}, cmd.Start()
}

// time is how many milliseconds the tensors took.
func (p *peer) time(shapes []shape) (float64, error) {
	if len(shapes) == 0 {
		return 0, errors.New("no image could be read: there is nothing to compare")
	}
	b, err := json.Marshal(shapes)
	if err != nil {
		return 0, err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return 0, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("ONNX Runtime ended: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(line), 64)
}

// bestBatch is the number of pictures of that side at which one takes least: at best, of rounds of all by turns after
// one that warms up, since one time of each says little.
func (p *peer) bestBatch(side int) (best int, err error) {
	least := 0.0
	for round := range 4 {
		for _, n := range []int{1, 8, 16} {
			ms, err := p.time([]shape{{16 / n, n, side, side}})
			if err != nil {
				return 0, err
			}
			if round > 0 && (best == 0 || ms < least) {
				best, least = n, ms
			}
		}
	}
	return best, nil
}

func (p *peer) end() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}

// comparison is what both took, milliseconds an image, of every job in the order of the rounds.
type comparison struct {
	names       []string
	ours, peers map[string][]float64
	third       map[string][]float64 // ncnn's; of some jobs
	memory      map[string]uint64
	others      float64
}

func (t *comparison) add(name string, ours, peer float64, memory uint64) {
	if t.ours == nil {
		t.ours, t.peers, t.memory = map[string][]float64{}, map[string][]float64{}, map[string]uint64{}
	}
	if !slices.Contains(t.names, name) {
		t.names = append(t.names, name)
	}
	t.ours[name], t.peers[name] = append(t.ours[name], ours), append(t.peers[name], peer)
	t.memory[name] = max(t.memory[name], memory)
}

func (t *comparison) addThird(name string, ms float64) {
	if t.third == nil {
		t.third = map[string][]float64{}
	}
	t.third[name] = append(t.third[name], ms)
}

// print writes the medians, their ratio, and the range of the ratios of single rounds.
func (t *comparison) print() {
	head, line := "| job | fc7, ms an image | ONNX Runtime | ratio | of single rounds | peak memory of fc7 |", "| --- | --- | --- | --- | --- | --- |"
	if t.third != nil {
		head, line = head+" ncnn | ratio | of single rounds |", line+" --- | --- | --- |"
	}
	fmt.Println(head)
	fmt.Println(line)
	for _, name := range t.names {
		ours := t.ours[name]
		fmt.Printf("| %s | %.1f | %s | %.0f MB |", name, median(ours), beside(ours, t.peers[name]), float64(t.memory[name])/1e6)
		switch {
		case t.third[name] != nil:
			fmt.Printf(" %s |", beside(ours, t.third[name]))
		case t.third != nil:
			fmt.Print(" | | |")
		}
		fmt.Println()
	}
}

// beside is a peer's median, its ratio to ours, and the range of the ratios of single rounds.
func beside(ours, peer []float64) string {
	var ratios []float64
	for i, ms := range ours {
		ratios = append(ratios, peer[i]/ms)
	}
	return fmt.Sprintf("%.1f | %.2f | %.2f to %.2f", median(peer), median(peer)/median(ours), slices.Min(ratios), slices.Max(ratios))
}

func median(x []float64) float64 { return slices.Sorted(slices.Values(x))[len(x)/2] }
