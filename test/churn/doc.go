// Package churn tests that the library loses nothing without telling, against a
// real control plane: writers change thousands of objects, and record what the
// server acknowledged; a fault maker kills, freezes and cuts everything between;
// and consumers of every sort follow. When the faults are healed and the writers
// rest, what each consumer was told is held against what the writers know and
// what the server lists.
//
//	go test -race ./...                       // a few seeds
//	SOAK=5m SEED=17 go run -race ./cmd/soak   // seed after seed from 17 on
//
// A seed fixes what the writers and the fault maker want to do, not how it falls
// together in time: a violation shows again with the same seed often, not always.
// So each comes with the events that show it.
//
// The checker is pure, and tested with made-up histories. client-go's reflector
// and store, which its informers are made of, stand beside it as a judge of the
// state: straight at the server, so that the faults between do not blind it.
package churn
