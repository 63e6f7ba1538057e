// Command soak churns seed after seed until its time is over:
//
//	SOAK=5m SEED=17 go run -race ./cmd/soak
//
// A seed that has begun is ended, which takes about a minute. The first violation is
// the end of it all, and its seed is the last thing printed.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/kubeviews/kube/test/churn"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := soak(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(ctx context.Context) error {
	lasts, err := time.ParseDuration(orDefault("SOAK", "5m"))
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(orDefault("SEED", strconv.FormatInt(time.Now().Unix(), 10)), 10, 64)
	if err != nil {
		return err
	}
	begun, first := time.Now(), uint64(0)
	for ; time.Since(begun) < lasts; seed++ {
		log.Printf("seed %d", seed)
		if err := once(ctx, seed); err != nil {
			return err
		}
		// What one seed leaves behind adds up over many.
		heap := heap()
		if first == 0 {
			first = heap
		}
		if heap > first+growth {
			return fmt.Errorf("seed %d: the heap has grown from %d MB to %d MB", seed, first>>20, heap>>20)
		}
	}
	return nil
}

// seedLimit bounds a seed that hangs.
const seedLimit = 10 * time.Minute

func once(ctx context.Context, seed uint64) error {
	ctx, cancel := context.WithTimeoutCause(ctx, seedLimit, fmt.Errorf("seed %d took longer than %s", seed, seedLimit))
	defer cancel()
	report, err := churn.Run(ctx, churn.Config{Seed: seed, Objects: 5000, Rounds: 4, Faults: 5, Logf: log.Printf})
	log.Print(report)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("seed %d: %d violations", seed, n)
	}
	return nil
}

// growth is how much more heap than after the first seed there may be.
const growth = 32 << 20

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func orDefault(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
