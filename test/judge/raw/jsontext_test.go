package raw_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kubeviews/kube/raw"
)

// FuzzSyntax compares what is accepted with jsontext, which follows the strict
// rules too: UTF-8, whole surrogate pairs, and names that are there once, which
// package raw checks in the first two levels only.
func FuzzSyntax(f *testing.F) {
	for _, text := range objects(f) {
		f.Add(text)
	}
	for _, fragment := range fragments {
		f.Add([]byte(`{"a":` + fragment + `}`))
		f.Add([]byte(`{"a":"` + fragment + `"}`))
		f.Add([]byte(`{` + fragment + `}`))
		f.Add([]byte(`{"a":{"b":{` + fragment + `}}}`))
	}
	f.Fuzz(compareSyntax)
}

func TestSyntaxOfDamagedObjects(t *testing.T) {
	for file, text := range objects(t) {
		t.Run(file, func(t *testing.T) {
			for seed := range uint64(3000) {
				damaged := damage(rand.New(rand.NewPCG(seed, 0)), text)
				compareSyntax(t, damaged)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func compareSyntax(t *testing.T, text []byte) {
	_, err := raw.Parse(text)
	var fault *raw.SyntaxError
	if err != nil && !errors.As(err, &fault) {
		t.Fatal(err)
	}
	lenient, strict := judge(text, true), judge(text, false)
	switch {
	case err == nil && lenient != nil:
		t.Errorf("raw accepts, jsontext: %v", lenient)
	case err == nil && strict != nil:
		checkDeepDuplicate(t, strict)
	case err != nil && strict == nil:
		t.Errorf("raw: %v, jsontext accepts", err)
	case err != nil && lenient == nil && fault.Msg != "duplicate name":
		t.Errorf("raw: %v, jsontext finds no fault but %v", err, strict)
	case err != nil && strings.Contains(strict.Error(), "duplicate") && fault.Msg == "duplicate name":
		checkSameName(t, fault, strict)
	}
}

// judge is what jsontext has against a text as a document.
func judge(text []byte, duplicates bool) error {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(duplicates))
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		return errors.New("not an object")
	}
	depth := 0
	for {
		switch _, err := d.ReadToken(); {
		case err == io.EOF && depth == 0:
			return nil
		case err != nil:
			return err
		}
		if depth = d.StackDepth(); depth > 1024 {
			return errors.New("too deep")
		}
		if depth == 0 && d.PeekKind() == 0 {
			continue // the end, or what is wrong there
		} else if depth == 0 {
			return errors.New("text behind the document")
		}
	}
}

// checkDeepDuplicate checks that a fault which raw leaves to others is a name
// that is there twice below the second level.
func checkDeepDuplicate(t *testing.T, err error) {
	t.Helper()
	var fault *jsontext.SyntacticError
	if !errors.As(err, &fault) || !errors.Is(err, jsontext.ErrDuplicateName) {
		t.Errorf("raw accepts, jsontext: %v", err)
		return
	}
	levels := strings.Split(string(fault.JSONPointer), "/")[1:]
	if len(levels) < 3 && !isPosition(levels) {
		t.Errorf("raw accepts, jsontext: %v at %q", err, levels)
	}
}

// isPosition reports whether a name of the second level lies in an array.
func isPosition(levels []string) bool {
	_, err := strconv.Atoi(levels[0])
	return err == nil
}

// checkSameName checks that both found the same name, if raw came there first.
func checkSameName(t *testing.T, fault *raw.SyntaxError, err error) {
	t.Helper()
	var other *jsontext.SyntacticError
	if !errors.As(err, &other) || other.ByteOffset != fault.Offset && strings.Count(string(other.JSONPointer), "/") < 3 {
		t.Errorf("raw: %v, jsontext: %v", fault, err)
	}
	if other.ByteOffset == fault.Offset && string(other.JSONPointer) != fault.Pointer {
		t.Errorf("raw points to %q, jsontext to %q", fault.Pointer, other.JSONPointer)
	}
}
