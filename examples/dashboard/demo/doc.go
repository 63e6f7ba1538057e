// Package demo is a cluster to look at: the API server of kubetest, filled with
// what a small shop runs, and lived by a seeded random, so that pods come and go,
// deployments roll out, jobs end and nodes stumble. It needs nothing but Go.
//
// The same seed gives the same cluster, name by name, and the same story. What is
// in it agrees with itself after every change: owners exist, and the numbers in
// the status of each workload are those of its pods.
package demo
