//go:build !assets

package main

import (
	"os"

	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func init() {
	components["kube-apiserver"] = func() int { return cli.Run(apiserver.NewAPIServerCommand()) }
	components["etcd"] = func() int {
		etcdmain.Main(os.Args)
		return 0
	}
	// etcdutl snapshot, which is etcd's own way back from a backup.
	components["etcdutl-snapshot"] = func() int {
		etcdutl.OutputFormat = "simple"
		return cli.Run(etcdutl.NewSnapshotCommand())
	}
}
