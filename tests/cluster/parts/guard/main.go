// Command guard runs a command for as long as its own standard input is open, so that nothing outlives the
// test that started it, however that test ended.
//
// End of input or SIGTERM: the command gets SIGTERM, and SIGKILL three seconds later. Any byte on the input:
// SIGKILL at once, as a crash would. It is a program of its own because one stands beside each component: a
// guard inside the kube binary would cost 90 MB each.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const grace = 3 * time.Second

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: guard CMD ARGS…")
		os.Exit(2)
	}
	os.Exit(guard(os.Args[1:]))
}

func guard(command []string) int {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	// A terminal's Ctrl-C is for the process that holds our input; whether it ends is for it to say. A handler,
	// not signal.Ignore, because the command would inherit the latter.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP)

	// Pdeathsig follows the thread that started the child, so that thread must live as long as the guard.
	runtime.LockOSThread()
	child := exec.Command(command[0], command[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		return 127
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	asked := make(chan syscall.Signal, 1)
	go func() { asked <- wish() }()

	sign := syscall.SIGTERM
	select {
	case err := <-ended:
		return status(err)
	case sign = <-asked:
	case <-terminate:
	}
	group := -child.Process.Pid
	_ = syscall.Kill(group, sign)
	select {
	case err := <-ended:
		// What the command itself started goes with it.
		_ = syscall.Kill(group, syscall.SIGKILL)
		return status(err)
	case <-time.After(grace):
		_ = syscall.Kill(group, syscall.SIGKILL)
		return status(<-ended)
	}
}

// wish waits for the word on standard input: a byte asks for a crash, its end for an orderly stop.
func wish() syscall.Signal {
	if read, _ := os.Stdin.Read(make([]byte, 1)); read > 0 {
		return syscall.SIGKILL
	}
	return syscall.SIGTERM
}

func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	default:
		return 1
	}
}
