package kube_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/manifests"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// everyError has one error of each type, and each that is known by its identity.
// What a room names that another has defined is there once.
var everyError = map[string]error{
	"kube.APIError":             &kube.APIError{},
	"kube.AlreadyExistsError":   &kube.AlreadyExistsError{},
	"kube.ArgumentError":        &kube.ArgumentError{},
	"kube.ConflictError":        &kube.ConflictError{},
	"kube.DiscoveryError":       &kube.DiscoveryError{},
	"kube.DrainError":           &kube.DrainError{},
	"kube.DuplicateKindError":   &kube.DuplicateKindError{},
	"kube.ExitError":            &kube.ExitError{},
	"kube.ExpiredError":         &kube.ExpiredError{},
	"kube.ForbiddenError":       &kube.ForbiddenError{},
	"kube.InvalidError":         &kube.InvalidError{},
	"kube.KindError":            &kube.KindError{},
	"kube.LaunchError":          &kube.LaunchError{},
	"kube.NamespaceError":       &kube.NamespaceError{},
	"kube.NotFoundError":        &kube.NotFoundError{},
	"kube.ObjectError":          &kube.ObjectError{},
	"kube.PortForwardError":     &kube.PortForwardError{},
	"kube.RolloutError":         &kube.RolloutError{},
	"kube.SizeError":            &kube.SizeError{},
	"kube.StatusError":          &kube.StatusError{},
	"kube.SyntaxError":          &kube.SyntaxError{},
	"kube.TooManyRequestsError": &kube.TooManyRequestsError{},
	"kube.TypeError":            &kube.TypeError{},
	"kube.UnreachableError":     &kube.UnreachableError{},
	"kube.WaitError":            &kube.WaitError{},
	"manifests.ManifestError":   &manifests.ManifestError{},
	"raw.ConvertError":          &raw.ConvertError{},
	"raw.EventError":            &raw.EventError{},
	"raw.PathError":             &raw.PathError{},

	"kube.ErrClosed":        kube.ErrClosed,
	"kube.ErrDeleted":       kube.ErrDeleted,
	"kube.ErrFieldsDropped": kube.ErrFieldsDropped,
	"kube.ErrSensitive":     kube.ErrSensitive,
	"manifests.ErrNotTried": manifests.ErrNotTried,
	"views.ErrSlow":         views.ErrSlow,
	"watch.ErrRewound":      watch.ErrRewound,
}

// K09: one check tells the errors of the library from all others, and no type can
// be forgotten: the sources are looked through for them.
func TestEveryErrorK09(t *testing.T) {
	for name, err := range everyError {
		if ours := kube.Error(nil); !errors.As(errors.Join(err), &ours) {
			t.Errorf("%s is none of ours", name)
		}
		if err.Error() == "" { // a zero error is nobody's, but must not panic
			t.Errorf("%s says nothing", name)
		}
	}
	declared := declaredErrors(t)
	for name := range declared {
		if everyError[name] == nil {
			t.Errorf("%s is not in the table above", name)
		}
	}
	for name := range everyError {
		if !declared[name] {
			t.Errorf("%s is nowhere declared", name)
		}
	}
	if len(declared) < 30 {
		t.Errorf("only %d were found", len(declared))
	}
}

// declaredErrors are the exported errors of the rooms that a program imports. The
// types of the inner rooms must have a name in the root.
func declaredErrors(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, room := range []string{".", "raw", "kinds", "meta", "watch", "until", "items", "views", "manifests"} {
		for _, name := range exportedErrors(t, room) {
			all[roomName(room)+"."+name] = true
		}
	}
	for _, name := range exportedErrors(t, "raw") {
		if all["kube."+name] {
			delete(all, "raw."+name) // the same type
		}
	}
	inner, err := filepath.Glob("internal/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range inner {
		for _, name := range exportedErrors(t, room) {
			all["kube."+name] = all["kube."+name] || strings.HasSuffix(name, "Error")
		}
	}
	maps.DeleteFunc(all, func(_ string, needed bool) bool { return !needed })
	return all
}

func roomName(dir string) string {
	if dir == "." {
		return "kube"
	}
	return filepath.Base(dir)
}

// exportedErrors are the names of a folder that end as those of errors do, and the
// types that have a method Error whatever their name is.
func exportedErrors(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			names = append(names, errorsOf(d)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func errorsOf(d ast.Decl) (names []string) {
	if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Error" {
		receiver := f.Recv.List[0].Type
		if star, ok := receiver.(*ast.StarExpr); ok {
			receiver = star.X
		}
		if id, ok := receiver.(*ast.Ident); ok && id.IsExported() {
			return []string{id.Name}
		}
	}
	g, ok := d.(*ast.GenDecl)
	if !ok {
		return nil
	}
	for _, spec := range g.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && strings.HasSuffix(s.Name.Name, "Error") && s.Name.Name != "Error" {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if g.Tok == token.VAR && n.IsExported() && strings.HasPrefix(n.Name, "Err") {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
