package work

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzJob: arguments name a job, which its own arguments name again, or are refused in one line.
func FuzzJob(f *testing.F) {
	for _, seed := range []string{"", "784-50-10\x00100\x00float32\x00digits\x002", "1-2\x001\x00float64\x00dense\x001", "784-x\x00100\x00float32\x00digits\x00-1", "+1-2\x0001\x00\x00\x00\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, args string) {
		job, err := Parse(strings.Split(args, "\x00"))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			return
		}
		if again, err := Parse(job.Args()); err != nil || !slices.Equal(again.Args(), job.Args()) || job.Batch < 1 || job.Threads < 1 || slices.Min(job.Widths) < 1 {
			t.Errorf("%+v, and by its own arguments %+v, %v", job, again, err)
		}
	})
}

// FuzzAnswer: a request is done so many times as it says, or answered by an error of one line.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"", "naps 2", "naps 0", "naps -1", "jokes 1", "naps 99999999999999999999", "naps 2 3", " naps\t07"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, request string) {
		done := 0
		r := answer(request, nil, map[string]Unit{"steps": nil, "naps": func(n int) (time.Duration, error) { done += n; return time.Second, nil }})
		if strings.Contains(r.Error, "\n") || (r.Error == "") != (done > 0) || done < 0 {
			t.Errorf("%q: done %d times, %+v", request, done, r)
		}
	})
}
