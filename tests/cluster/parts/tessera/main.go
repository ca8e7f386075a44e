// Tessera's POSIX driver under load: appenders that each add an entry, wait until the published checkpoint
// covers it, and add the next. Prints how many were covered, and in how many seconds.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	folder := flag.String("folder", "", "where the log lies")
	appenders := flag.Int("appenders", 1024, "entries in flight")
	size := flag.Int("size", 1536, "bytes of an entry")
	span := flag.Duration("span", 5*time.Second, "how long")
	batch := flag.Uint("batch", 1024, "most entries of a batch")
	age := flag.Duration("age", 5*time.Millisecond, "longest wait for a batch")
	interval := flag.Duration("interval", 100*time.Millisecond, "time between checkpoints; Tessera takes no less")
	flag.Parse()

	ctx := context.Background()
	private, _, err := note.GenerateKey(rand.Reader, "tessera.example/log")
	check(err)
	signer, err := note.NewSigner(private)
	check(err)
	driver, err := posix.New(ctx, posix.Config{Path: *folder})
	check(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(*batch, *age).
		WithCheckpointInterval(*interval).
		WithPushback(uint(2 * *appenders))
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	check(err)
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, time.Millisecond)

	var covered, number atomic.Uint64
	var wait sync.WaitGroup
	started := time.Now()
	for range *appenders {
		wait.Go(func() {
			for time.Since(started) < *span {
				entry := make([]byte, *size)
				binary.BigEndian.PutUint64(entry, number.Add(1))
				_, _, err := awaiter.Await(ctx, appender.Add(ctx, tessera.NewEntry(entry)))
				check(err)
				covered.Add(1)
			}
		})
	}
	wait.Wait()
	seconds := time.Since(started).Seconds()
	check(shutdown(ctx))
	fmt.Printf("%d %f\n", covered.Load(), seconds)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
