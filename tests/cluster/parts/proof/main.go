// Command proof checks a bundle with Go's own sumdb/note and tlog, which know nothing of Beffroi: one public key
// file and one bundle in; nothing out when the checkpoint is signed by that key, the envelope is an entry of the
// log, and the log grew from the smaller state that the bundle names, if it names one.
//
// It follows no change of keys: the public file is that of the keys which signed the checkpoint.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type bundle struct {
	Envelope    any
	Checkpoint  string
	Inclusion   inclusion
	Consistency *consistency
}

type inclusion struct {
	LogIndex int64
	Hashes   []tlog.Hash
}

type consistency struct {
	Checkpoint string
	Hashes     []tlog.Hash
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: proof PUBLIC-KEY-FILE BUNDLE")
	}
	keys, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	// The verifier key is the last line, after the PEM.
	lines := strings.Split(strings.TrimSpace(string(keys)), "\n")
	verifier, err := note.NewVerifier(lines[len(lines)-1])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	log, err := open(b.Checkpoint, verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	// Go sorts the keys of maps and writes no blanks; all values of an envelope are plain ASCII.
	entry, err := json.Marshal(b.Envelope)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(entry)
	if err := tlog.CheckRecord(b.Inclusion.Hashes, log.N, log.Hash, b.Inclusion.LogIndex, leaf); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	if b.Consistency == nil {
		return nil
	}
	smaller, err := open(b.Consistency.Checkpoint, verifier)
	if err != nil {
		return fmt.Errorf("smaller checkpoint: %w", err)
	}
	if err := tlog.CheckTree(b.Consistency.Hashes, log.N, log.Hash, smaller.N, smaller.Hash); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

// open reads a checkpoint (c2sp.org/tlog-checkpoint): name, size and root, signed by the key of that name.
func open(text string, verifier note.Verifier) (tree tlog.Tree, err error) {
	signed, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not the state of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}
