// Package judge compares the library with k8s.io/apimachinery, by which the
// API server reads selectors, names and quantities. The library has its own
// code for all three, to keep apimachinery out of every program that uses it;
// here thousands of generated texts, and those that fuzzing finds, must mean
// the same to both. Each deliberate difference is stated where it is tested.
//
// The package has tests only, and a module of its own, so that apimachinery is
// not among the library's dependencies:
//
//	go test ./...
//	go test -fuzz FuzzLabelSelector
package judge
