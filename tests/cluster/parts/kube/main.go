// Command kube is every Kubernetes component that a test cluster runs, in one binary; the first argument
// chooses. With the build tag "assets" it lacks etcd and kube-apiserver, which the user then brings.
package main

import (
	"fmt"
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// components maps a name to what runs it and returns its exit status; os.Args begins with the name by then.
var components = map[string]func() int{
	"kube-controller-manager": func() int { return cli.Run(manager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kubectl":                 func() int { return cli.Run(kubectl.NewDefaultKubectlCommand()) },
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kube COMPONENT ARGS…")
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	run, known := components[os.Args[0]]
	if !known {
		fmt.Fprintf(os.Stderr, "kube: no component is named %s here\n", os.Args[0])
		os.Exit(2)
	}
	os.Exit(run())
}
