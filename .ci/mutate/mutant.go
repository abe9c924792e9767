package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"strconv"
	"strings"
)

// mutant is one change of a file: the bytes from start to end become text.
type mutant struct {
	file       string // below the module's folder
	source     []byte
	start, end int
	text, kind string
	line       int
}

// id names a mutant shortly and, as long as its file stays, always alike.
func (m mutant) id() string {
	h := fnv.New32a()
	fmt.Fprint(h, m.file, m.start, m.end, m.text)
	return fmt.Sprintf("%08x", h.Sum32())
}

// changed is the file with the change.
func (m mutant) changed() []byte {
	return bytes.Join([][]byte{m.source[:m.start], []byte(m.text), m.source[m.end:]}, nil)
}

// String is the place and the change as a diff of the lines concerned.
func (m mutant) String() string {
	from := bytes.LastIndexByte(m.source[:m.start], '\n') + 1
	to := len(m.source)
	if k := bytes.IndexByte(m.source[m.end:], '\n'); k >= 0 {
		to = m.end + k
	}
	mark := func(sign string, b string) string {
		return sign + strings.ReplaceAll(b, "\n", "\n"+sign)
	}
	return fmt.Sprintf("%s:%d %s (%s)\n%s\n%s", m.file, m.line, m.kind, m.id(), mark("-", string(m.source[from:to])),
		mark("+", string(m.source[from:m.start])+m.text+string(m.source[m.end:to])))
}

// finder collects the mutants of a file.
type finder struct {
	file   string
	source []byte
	set    *token.FileSet
	found  []mutant
}

// find lists the mutants of a file, in the order of its text.
func find(file string, source []byte) ([]mutant, error) {
	f := &finder{file: file, source: source, set: token.NewFileSet()}
	tree, err := parser.ParseFile(f.set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(tree, f.visit)
	return f.found, nil
}

// add notes a change of the text between two positions.
func (f *finder) add(from, to token.Pos, kind, text string) {
	at := f.set.Position(from)
	f.found = append(f.found, mutant{f.file, f.source, at.Offset, f.set.Position(to).Offset, text, kind, at.Line})
}

// text is the source of a node.
func (f *finder) text(n ast.Node) string {
	return string(f.source[f.set.Position(n.Pos()).Offset:f.set.Position(n.End()).Offset])
}

// visit adds the mutants of a node; false: those below it are of no interest.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.StructType, *ast.InterfaceType:
		return false
	case *ast.CallExpr:
		return f.call(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT || n.Op == token.SUB {
			f.add(n.OpPos, n.X.Pos(), "sign or negation dropped", "")
		}
	case *ast.BasicLit:
		f.constant(n)
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			f.add(n.Pos(), n.End(), "other truth", strconv.FormatBool(n.Name == "false"))
		}
	case *ast.IfStmt:
		f.add(n.Cond.Pos(), n.Cond.End(), "condition never", "false && ("+f.text(n.Cond)+")")
		f.add(n.Cond.Pos(), n.Cond.End(), "condition always", "true || ("+f.text(n.Cond)+")")
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.AssignStmt:
		f.exchange(n.TokPos, n.Tok)
	case *ast.IncDecStmt:
		f.exchange(n.TokPos, n.Tok)
	}
	return true
}

// exchanged are operators that are taken for each other.
var exchanged = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.QUO},
	token.LAND: {token.LOR}, token.LOR: {token.LAND}, token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND},
	token.ADD_ASSIGN: {token.SUB_ASSIGN, token.ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN}, token.MUL_ASSIGN: {token.QUO_ASSIGN},
	token.QUO_ASSIGN: {token.MUL_ASSIGN}, token.INC: {token.DEC}, token.DEC: {token.INC},
}

func (f *finder) exchange(at token.Pos, op token.Token) {
	for _, other := range exchanged[op] {
		f.add(at, at+token.Pos(len(op.String())), "other operator", other.String())
	}
}

func (f *finder) binary(n *ast.BinaryExpr) {
	f.exchange(n.OpPos, n.Op)
	if n.Op == token.LAND || n.Op == token.LOR {
		f.add(n.Pos(), n.End(), "right side dropped", f.text(n.X))
		f.add(n.Pos(), n.End(), "left side dropped", f.text(n.Y))
	}
}

// constant changes a number by one and tenfold.
func (f *finder) constant(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT, token.FLOAT:
		f.add(n.Pos(), n.End(), "constant one more", "("+n.Value+"+1)")
		if strings.Trim(n.Value, "0.") != "" {
			f.add(n.Pos(), n.End(), "constant one less", "("+n.Value+"-1)")
			f.add(n.Pos(), n.End(), "constant times ten", "("+n.Value+"*10)")
		}
	}
}

// statements drops each that can be without; what it names stays used.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.BranchStmt, *ast.DeferStmt, *ast.SendStmt:
		default:
			continue
		}
		f.add(s.Pos(), s.End(), "statement dropped", "if false { "+f.text(s)+" }")
	}
}

// call swaps neighbouring arguments; those of different types do not compile and do not count. It tells whether what is
// below is of interest: how messages are worded is not, nor are bases and widths of numbers, signs of infinities, and
// room to grow.
func (f *finder) call(n *ast.CallExpr) bool {
	name := f.text(n.Fun)
	if name == "panic" || name == "errors.New" || name == "fmt.Errorf" {
		return false
	}
	for k := 1; k < len(n.Args) && name != "min" && name != "max"; k++ {
		a, b := n.Args[k-1], n.Args[k]
		if x, y := f.text(a), f.text(b); x != y && !(k == len(n.Args)-1 && n.Ellipsis.IsValid()) {
			f.add(a.Pos(), b.End(), "arguments swapped", y+", "+x)
		}
	}
	switch {
	case name == "math.Inf" || strings.HasPrefix(name, "strconv."):
		return false
	case name == "make" && len(n.Args) == 3:
		ast.Inspect(n.Args[1], f.visit)
		return false
	}
	return true
}
