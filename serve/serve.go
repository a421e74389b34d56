// Package serve answers for models over HTTP, in the Open Inference Protocol (version 2), so that the clients of other model servers
// work: health, metadata and inference in JSON, with two of the extensions that such clients use, binary tensors (binary_tensor_data)
// and classes with their probabilities (classification).
//
// A [Server] is an http.Handler. It has these paths, where /versions/1 may be left out:
//
//	GET  /v2                                the server's name, version and extensions
//	GET  /v2/health/live                    200
//	GET  /v2/health/ready                   200, or 503 before the first model and after Drain
//	GET  /v2/models/NAME/versions/1         shapes and types of what a model reads and gives
//	GET  /v2/models/NAME/versions/1/ready   200
//	POST /v2/models/NAME/versions/1/infer   a prediction
//	GET  /metrics                           for Prometheus
//
// A model reads "input", (samples, …) in FP32 or FP64, and gives "output", (samples, Net.Out) in its own float type; one whose
// classes have names also gives "class", (samples) in BYTES: the name of the largest output.
//
// Samples are sent as the training data were: where the model's file has a preprocessing (data.Preprocessing), pixels are bytes from 0
// to 255, and the fields of a table are numbers as they stand there, categories by their number; the server does the rest, and
// gives values of regression in their own units. An input with the parameter "preprocessed": true is what the net itself reads, and
// its output what the net itself gives.
//
// What is wrong is JSON with one line, {"error": "…"}: 400 a request that says what a model cannot do, 404 no such model, 405, 408 a body that does not come, 413 too
// large, 415 compressed, 429 more requests than are answered at once, 503 not within the time.
package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stheno/stheno/models"
)

// Limits bound what a server takes. A field of 0 is the value in brackets.
type Limits struct {
	Body     int64         // bytes of a request (4 MiB)
	Memory   int64         // bytes for all requests that are answered at once: their bodies, numbers and answers (256 MiB)
	Requests int           // inferences that are answered at once (512); a further one gets 429
	Time     time.Duration // for a prediction, from when the request has been read (10 s); the http.Server bounds reading and writing
}

var usual = Limits{Body: 4 << 20, Memory: 256 << 20, Requests: 512, Time: 10 * time.Second}

// Server answers for models. It is an http.Handler. Make one with New.
type Server struct {
	limits  Limits
	mux     *http.ServeMux
	metrics *metrics
	calls   sync.Pool

	mu       sync.RWMutex
	models   map[string]*model
	draining atomic.Bool
	memory   atomic.Int64  // bytes that calls have taken
	running  chan struct{} // one for each inference
}

// New makes a server without models.
func New(l Limits) (*Server, error) {
	if l.Body < 0 || l.Memory < 0 || l.Requests < 0 || l.Time < 0 {
		return nil, fmt.Errorf("limits %+v: none may be negative; 0 is the usual one", l)
	}
	l = Limits{Body: or(l.Body, usual.Body), Memory: or(l.Memory, usual.Memory), Requests: or(l.Requests, usual.Requests), Time: or(l.Time, usual.Time)}
	s := &Server{limits: l, mux: http.NewServeMux(), metrics: newMetrics(), models: map[string]*model{}, running: make(chan struct{}, l.Requests)}
	s.calls.New = func() any { return new(call) }
	for pattern, methods := range s.routes() {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			handle := methods[method]
			if handle == nil {
				handle = methods[""]
			}
			if handle == nil {
				allowed := slices.Sorted(maps.Keys(methods))[0]
				w.Header().Set("Allow", allowed)
				fail(w, http.StatusMethodNotAllowed, fmt.Errorf("method %.20s: this path takes %s", r.Method, allowed))
				return
			}
			handle(w, r)
		})
	}
	return s, nil
}

func or[T comparable](v, usual T) T {
	var zero T
	if v == zero {
		return usual
	}
	return v
}

// routes are the handlers, by path and method; "" is any method.
func (s *Server) routes() map[string]map[string]http.HandlerFunc {
	get := func(h http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{http.MethodGet: h}
	}
	routes := map[string]map[string]http.HandlerFunc{
		"/v2":              get(s.about),
		"/v2/health/live":  get(func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, map[string]bool{"live": true}) }),
		"/v2/health/ready": get(s.ready),
		"/metrics":         get(s.metrics.handler.ServeHTTP),
		"/": {"": func(w http.ResponseWriter, r *http.Request) {
			fail(w, http.StatusNotFound, fmt.Errorf("nothing is at %.80q: the protocol's paths start with /v2", r.URL.Path))
		}},
	}
	for _, path := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		routes[path] = get(s.of(s.aboutModel))
		routes[path+"/ready"] = get(s.of(func(w http.ResponseWriter, _ *http.Request, name string, _ *model) {
			reply(w, http.StatusOK, map[string]any{"name": name, "ready": true})
		}))
		routes[path+"/infer"] = map[string]http.HandlerFunc{http.MethodPost: s.of(s.infer)}
	}
	return routes
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

var (
	names    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	errTaken = errors.New("another model has this name: choose one for each")
)

// Add answers for a predictor under a name of letters, digits, dots, dashes and underscores. The predictor stays the caller's to close,
// after the http.Server has been shut down.
func (s *Server) Add(name string, p *models.Predictor) error {
	if !names.MatchString(name) {
		return fmt.Errorf("model %.40q: a name has letters, digits, dots, dashes and underscores, 100 at most, and starts with a letter or digit", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.models[name] != nil {
		return fmt.Errorf("model %s: %w", name, errTaken)
	}
	m := &model{Predictor: p}
	if _, err := m.prepared(); err != nil {
		return fmt.Errorf("model %s: %w", name, err)
	}
	s.models[name] = m
	return nil
}

// Reload lets the model of another file answer under a name, without a lost request (models.Predictor.Reload).
func (s *Server) Reload(name, path string) error {
	s.mu.RLock()
	p := s.models[name]
	s.mu.RUnlock()
	if p == nil {
		return fmt.Errorf("model %.40q: there is none of this name", name)
	}
	err := p.Reload(path)
	s.metrics.reloaded(name, err)
	return err
}

// Drain says from now on that the server is not ready, so that no further requests are sent to it; those that come are answered.
func (s *Server) Drain() { s.draining.Store(true) }

// of finds the model of a path.
func (s *Server) of(h func(http.ResponseWriter, *http.Request, string, *model)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("model")
		s.mu.RLock()
		p := s.models[name]
		known := slices.Sorted(maps.Keys(s.models))
		s.mu.RUnlock()
		if p == nil {
			fail(w, http.StatusNotFound, fmt.Errorf("model %.40q is unknown: there is %.400v", name, known))
			return
		}
		if v := r.PathValue("version"); v != "" && v != version {
			fail(w, http.StatusNotFound, fmt.Errorf("model %s has no version %.20q: it has %s", name, v, version))
			return
		}
		h(w, r, name, p)
	}
}

// reply writes JSON.
func reply(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own bug: the values are ours
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that has gone needs no answer
}

// fail writes an error as the protocol does.
func fail(w http.ResponseWriter, status int, err error) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	reply(w, status, map[string]string{"error": err.Error()})
}
