package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// guard runs a command until it ends, or until standard input reaches its end: the process that holds the
// other end is gone, however it went. The command has a process group of its own, so that a terminal's Ctrl-C
// reaches it only through here, and dies with the guard.
func guard(command []string) int {
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: kube guard CMD ARGS…")
		return 2
	}
	signal.Ignore(syscall.SIGINT)
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)

	// Pdeathsig follows the thread that started the child, so that thread must live as long as the guard.
	runtime.LockOSThread()
	child := exec.Command(command[0], command[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		return 1
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	alone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(alone)
	}()

	select {
	case err := <-ended:
		return status(err)
	case <-alone:
	case <-terminate:
	}
	_ = syscall.Kill(-child.Process.Pid, syscall.SIGTERM)
	select {
	case err := <-ended:
		return status(err)
	case <-time.After(3 * time.Second):
		_ = syscall.Kill(-child.Process.Pid, syscall.SIGKILL)
		return status(<-ended)
	}
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
