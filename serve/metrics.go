package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus is told.
type metrics struct {
	handler  http.Handler
	requests *prometheus.CounterVec   // by model and status
	seconds  *prometheus.HistogramVec // of those that were answered, by model
	samples  *prometheus.CounterVec   // by model
	running  prometheus.Gauge
	reloads  *prometheus.CounterVec // by model and result
}

func newMetrics() *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "stheno_requests_total", Help: "Inferences, by model and HTTP status."}, []string{"model", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "stheno_request_seconds", Help: "Time of an inference that was answered, from reading it to having its answer.",
			Buckets: prometheus.ExponentialBuckets(50e-6, 2, 16)}, []string{"model"}),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "stheno_samples_total", Help: "Samples that were predicted, by model."}, []string{"model"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "stheno_requests_running", Help: "Inferences that are being answered."}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "stheno_reloads_total", Help: "Files that were to take over, by model and result."}, []string{"model", "result"}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.requests, m.seconds, m.samples, m.running, m.reloads, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

// answered counts an inference.
func (m *metrics) answered(model string, status, samples int, began time.Time) {
	m.requests.WithLabelValues(model, strconv.Itoa(status)).Inc()
	if status == http.StatusOK {
		m.seconds.WithLabelValues(model).Observe(time.Since(began).Seconds())
		m.samples.WithLabelValues(model).Add(float64(samples))
	}
}

func (m *metrics) reloaded(model string, err error) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.reloads.WithLabelValues(model, result).Inc()
}
