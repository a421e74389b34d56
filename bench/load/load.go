package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
)

// result is what clients have seen.
type result struct {
	done, failed int
	took         time.Duration
	times        []time.Duration // of those that were answered, sorted
	err          error           // the first
}

// load lets clients ask one thing after the other for a time.
func load(ctx context.Context, url string, body []byte, clients int, during time.Duration) *result {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, Timeout: time.Minute}
	total := &result{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	began := time.Now()
	for range clients {
		wg.Go(func() {
			var r result
			for time.Since(began) < during && ctx.Err() == nil {
				at := time.Now()
				if _, err := ask(c, url, body); err != nil {
					if r.failed++; r.err == nil {
						r.err = err
					}
					continue
				}
				r.done++
				r.times = append(r.times, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			total.done += r.done
			total.failed += r.failed
			total.times = append(total.times, r.times...)
			if total.err == nil {
				total.err = r.err
			}
		})
	}
	wg.Wait()
	total.took = time.Since(began)
	slices.Sort(total.times)
	return total
}

// ask sends one request, and reads its answer.
func ask(c *http.Client, url string, body []byte) ([]byte, error) {
	r, err := c.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err == nil && (r.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"output"`))) {
		err = fmt.Errorf("%s: %.200s", r.Status, answer)
	}
	return answer, err
}

// numbersOf are those of an answer.
func numbersOf(answer []byte) ([]float64, error) {
	var a struct{ Outputs []struct{ Data []float64 } }
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	if len(a.Outputs) != 1 {
		return nil, fmt.Errorf("%d outputs", len(a.Outputs))
	}
	return a.Outputs[0].Data, nil
}

// sameWork is an error where a server's answer is not that of the first one.
func (o *options) sameWork(url string, body []byte) error {
	answer, err := ask(http.DefaultClient, url, body)
	if err != nil {
		return err
	}
	y, err := numbersOf(answer)
	if err != nil {
		return err
	}
	if o.answer == nil {
		o.answer = y
	}
	for i, v := range o.answer {
		if len(y) != len(o.answer) || math.Abs(y[i]-v) > 1e-5 {
			return fmt.Errorf("different work: it answers %v, the first server %v", y, o.answer)
		}
	}
	return nil
}

// quantile is the time that this share of the answers took at most; 0 where there are none.
func (r *result) quantile(share float64) time.Duration {
	if len(r.times) == 0 {
		return 0
	}
	return r.times[int(share*float64(len(r.times)-1))]
}
