// Mca simulates the inner loops of the arm64 kernels: go run ./.ci/mca in the root of the project prints the table of
// internal/f32/README.md. It needs LLVM 19 or later (llvm-mca, llvm-mc and llvm-objdump; Debian: llvm-19): older ones
// answer every Neoverse with the figures of Cortex-A57.
//
// It fails where a loop is under 85 % of what units, width and order of sums allow.
//
// It takes the loops from the machine code of the tests' binary, and holds each word of the assembly that a program of
// ours encoded against what LLVM's assembler makes of its text.
package main

import (
	"bytes"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	prefix     = "fc7/internal/f32."
	source     = "internal/f32/kernels_arm64.s"
	iterations = 200
	wanted     = 0.85 // of all bounds, at least
)

// processors are those that are simulated, with the multiply-adds of four floats that each starts in a cycle.
var processors = []struct {
	name  string
	pipes int
}{{"neoverse-n1", 2}, {"neoverse-v1", 4}}

func main() {
	log.SetFlags(0)
	log.SetPrefix("mca: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	n, err := checkWords()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mca")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	loops, err := loopsOf(filepath.Join(dir, "f32.test"))
	if err != nil {
		return err
	}
	fmt.Println("| inner loop of | instructions | multiply-adds and sums | N1: cycles | of their bound | of all bounds | V1: cycles | of their bound | of all bounds |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	var slow []string
	for _, l := range loops {
		fmt.Printf("| %s | %d | %d |", l.name, len(l.body), l.sums)
		for _, p := range processors {
			cycles, least, err := simulate(p.name, l.body)
			if err != nil {
				return err
			}
			fmt.Printf(" %.1f | %s | %s |", cycles, share(float64(l.sums)/float64(p.pipes), cycles), share(least, cycles))
			if least < wanted*cycles {
				slow = append(slow, l.name+" on "+p.name)
			}
		}
		fmt.Println()
	}
	fmt.Printf("\n%d different words of %s are what LLVM makes of their texts.\n", n, source)
	if len(slow) > 0 {
		return fmt.Errorf("under %.0f %% of all bounds: %s", 100*wanted, strings.Join(slow, ", "))
	}
	return nil
}

func share(bound, cycles float64) string {
	if bound == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", math.Floor(100*bound/cycles))
}

// tool runs one of LLVM's, by its versioned name where there is one.
func tool(name, input string, args ...string) (string, error) {
	if _, err := exec.LookPath(name + "-19"); err == nil {
		name += "-19"
	}
	c := exec.Command(name, args...)
	c.Stdin = strings.NewReader(input)
	var out, trouble bytes.Buffer
	c.Stdout, c.Stderr = &out, &trouble
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", c, err, trouble.Bytes())
	}
	return out.String(), nil
}

var (
	wordLine = regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)`)
	encoding = regexp.MustCompile(`encoding: \[0x(..),0x(..),0x(..),0x(..)\]`)
)

// checkWords assembles the text beside each word, and returns how many different words there are.
func checkWords() (int, error) {
	data, err := os.ReadFile(source)
	if err != nil {
		return 0, err
	}
	var texts, words []string
	seen := map[string]bool{}
	for _, m := range wordLine.FindAllStringSubmatch(string(data), -1) {
		if !seen[m[0]] {
			seen[m[0]] = true
			words, texts = append(words, m[1]), append(texts, m[2])
		}
	}
	out, err := tool("llvm-mc", strings.Join(texts, "\n")+"\n", "-triple=aarch64", "-show-encoding")
	if err != nil {
		return 0, err
	}
	made := encoding.FindAllStringSubmatch(out, -1)
	if len(made) != len(words) {
		return 0, fmt.Errorf("%d words, and LLVM assembled %d", len(words), len(made))
	}
	for i, m := range made {
		if word := m[4] + m[3] + m[2] + m[1]; word != words[i] {
			return 0, fmt.Errorf("%s: %s is written as %s, LLVM makes %s of it", source, texts[i], words[i], word)
		}
	}
	return len(words), nil
}

// loop is an inner loop: it ends with a branch back, and holds no other.
type loop struct {
	name string // of the kernel
	body []string
	sums int // instructions that multiply or add four floats
}

var (
	instruction = regexp.MustCompile(`^\s*([0-9a-f]+):\s+(.*)`)
	branch      = regexp.MustCompile(`^b\.\w+\s+0x([0-9a-f]+)`)
	sum         = regexp.MustCompile(`^f(mla|mls|mul|add|sub)\s.*\.4s`)
)

// loopsOf builds the tests for arm64 and returns the inner loops of the kernels that it finds in the machine code.
func loopsOf(binary string) ([]loop, error) {
	build := exec.Command("go", "test", "-c", "-o", binary, "./internal/f32")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	code, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	var symbols []string
	for _, m := range regexp.MustCompile(`TEXT ·(\w+)`).FindAllStringSubmatch(string(code), -1) {
		symbols = append(symbols, prefix+m[1]+".abi0")
	}
	out, err := tool("llvm-objdump", "", "-d", "--no-show-raw-insn", "--disassemble-symbols="+strings.Join(symbols, ","), binary)
	if err != nil {
		return nil, err
	}
	var loops []loop
	for listing := range strings.SplitSeq(out, "<"+prefix) {
		if name, code, ok := strings.Cut(listing, ".abi0>:\n"); ok {
			loops = append(loops, innermost(strings.Replace(name, "NEON", "", 1), code)...)
		}
	}
	return loops, nil
}

func innermost(name, listing string) (loops []loop) {
	var at []uint64
	var texts []string
	last := -1 // the branch back that was met last
	for line := range strings.SplitSeq(listing, "\n") {
		m := instruction.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		address, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			continue
		}
		at, texts = append(at, address), append(texts, strings.TrimSpace(m[2]))
		b := branch.FindStringSubmatch(texts[len(texts)-1])
		if b == nil {
			continue
		}
		to, err := strconv.ParseUint(b[1], 16, 64)
		if err != nil || to >= address {
			continue
		}
		first := len(at) - 1 - int(address-to)/4
		if first > last {
			l := loop{name: name, body: texts[first : len(texts)-1]}
			for _, t := range l.body {
				if sum.MatchString(t) {
					l.sums++
				}
			}
			loops = append(loops, l)
		}
		last = len(at) - 1
	}
	return loops
}

var figures = regexp.MustCompile(`(?s)Total Cycles:\s+(\d+).*Block RThroughput:\s+([\d.]+)`)

// simulate returns the cycles of a round of the loop, and the fewest that its units, its width and its sums allow.
func simulate(processor string, body []string) (cycles, least float64, err error) {
	text := "loop:\n" + strings.Join(body, "\n") + "\nb.gt loop\n"
	out, err := tool("llvm-mca", text, "-mtriple=aarch64", "-mcpu="+processor, fmt.Sprintf("-iterations=%d", iterations))
	if err != nil {
		return 0, 0, err
	}
	m := figures.FindStringSubmatch(out)
	if m == nil {
		return 0, 0, fmt.Errorf("llvm-mca says no cycles:\n%s", out)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, 0, err
	}
	least, err = strconv.ParseFloat(m[2], 64)
	if err != nil {
		return 0, 0, err
	}
	of, err := units(processor, body)
	return float64(n) / iterations, max(least, of, float64(chain(body))), err
}
