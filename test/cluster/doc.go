// Package cluster runs a real Kubernetes control plane on one machine, without
// containers: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with
// kwok in the kubelets' place, and kubectl proxy in front.
//
// Build makes the programs from their Go modules and keeps them in a cache folder; the
// first time takes many minutes, every later time none. Start brings a cluster up in
// some seconds:
//
//	c, err := cluster.Start(ctx, cluster.Options{})
//	if err != nil { … }
//	defer c.Stop()
//	kube.NewCluster(kube.WithURL(c.ProxyURL()))
//
// Nothing listens, or talks, beyond the loopback interface. Every process ends with
// Stop, and also when the process that called Start ends, by whatever signal.
//
// A cluster is made to be broken. Its parts are killed, frozen and restarted (Kill,
// Terminate, Freeze, Restart), a Wire cuts and slows down the connections to a proxy,
// Forget and Compact make old versions expire, Backup and Restore turn time back, and
// Grant and Revoke change what the user Developer may do. A test that does so starts a
// cluster of its own, if it can a bare one.
//
// Containers do not run: kwok only reports that they do. Their logs are the file
// PodLog, exec runs the command on this machine as the current user, and a port
// forward to any port of any Pod is an echo.
package cluster
