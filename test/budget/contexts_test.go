package budget

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// R13: who calls says how long it may take. A context comes first wherever there is
// one, and the library makes none of its own.
func TestContextsR13(t *testing.T) {
	found := 0
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncType:
				for i, field := range n.Params.List {
					if !isOf(field.Type, "context", "Context") {
						continue
					}
					if found++; i > 0 {
						t.Errorf("%s: a context is not the first parameter", name)
					}
				}
			case *ast.SelectorExpr:
				if isOf(n, "context", "Background") || isOf(n, "context", "TODO") {
					t.Errorf("%s: a context of its own", name)
				}
			}
			return true
		})
	}
	if found < 100 {
		t.Errorf("only %d contexts were found", found)
	}
}

func isOf(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == pkg && s.Sel.Name == name
}

// sources are the files of the library itself.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch d.Name() {
		case ".cache", "bench", "examples", "kubetest", "test", "tools", "testdata":
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
