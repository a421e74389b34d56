package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// saved writes the file of a net of 2 inputs that takes everything for the class of this name.
func saved(t *testing.T, path, class string) string {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	net, err := models.Sequential{Name: "biased", In: []int{2}, Layers: []models.Layer{models.Dense(2)}, Init: models.Std(0)}.Net()
	if err != nil {
		t.Fatal(err)
	}
	net.Params[1].Init, net.Classes = []float64{5, 0}, []string{class, "never"}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines is what a command prints, while it does.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await waits for a text.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !strings.Contains(l.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not say %q but %q", text, l)
		}
	}
}

// server is a command that runs.
type server struct {
	url            string // of the first model's inferences
	stdout, stderr *lines
	again          chan os.Signal
	stop           func() int // stops it, and gives its exit code
}

func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{stdout: &lines{}, stderr: &lines{}, again: make(chan os.Signal)}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, s.again, append([]string{"-addr", "127.0.0.1:0"}, args...), s.stdout, s.stderr)
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { s.stop() })
	s.stdout.await(t, "\n")
	s.url, _, _ = strings.Cut(s.stdout.String(), " ")
	return s
}

const sample = `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[0,0]}],"outputs":[{"name":"class"}]}`

// class asks for the class of a sample.
func class(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	r, err := c.Post(url, "application/json", strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), `"data":["`)
	text, _, ok := strings.Cut(text, `"]`)
	if !ok {
		t.Fatalf("%s", b)
	}
	return text
}

// TestServe: models answer under their names, HUP reads their files again, and the end of the context stops the server.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	one, two := saved(t, filepath.Join(dir, "one.safetensors"), "first"), saved(t, filepath.Join(dir, "2.bin"), "second")
	s := start(t, "-model", one, "-model", "second="+two)
	other := strings.Replace(s.url, "/one/", "/second/", 1)
	s.stdout.await(t, two+"\n")
	if got := s.stdout.String(); got != s.url+" answers for "+one+"\n"+other+" answers for "+two+"\n" || !strings.HasSuffix(s.url, "/v2/models/one/infer") {
		t.Errorf("it says %q", got)
	}
	c := http.DefaultClient
	if a, b := class(t, c, s.url), class(t, c, other); a != "first" || b != "second" {
		t.Errorf("%s and %s answer", a, b)
	}
	saved(t, one, "third")
	if a := class(t, c, s.url); a != "first" {
		t.Errorf("%s answers before the file is read again", a)
	}
	s.again <- syscall.SIGTERM
	s.stderr.await(t, "serve: one: reloaded\nserve: second: reloaded\n")
	if a := class(t, c, s.url); a != "third" {
		t.Errorf("%s answers after the file was read again", a)
	}
	if err := os.WriteFile(one, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.again <- syscall.SIGTERM
	s.stderr.await(t, "serve: one: not reloaded, the model before answers: "+one+": ")
	if a := class(t, c, s.url); a != "third" {
		t.Errorf("%s answers after a file that is none", a)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d, %s", code, s.stderr)
	}
	if _, err := c.Post(s.url, "", strings.NewReader(sample)); err == nil {
		t.Error("it answers after its end")
	}
}

// TestReloadOnChange: with -reload a file that has changed takes over, without a request that fails.
func TestReloadOnChange(t *testing.T) {
	defer func(was time.Duration) { every = was }(every)
	every = time.Millisecond
	path := saved(t, filepath.Join(t.TempDir(), "m"), "first")
	s := start(t, "-reload", "-model", path)
	for _, name := range []string{"second", "third"} {
		saved(t, path, name)
		for end := time.Now().Add(20 * time.Second); class(t, http.DefaultClient, s.url) != name; {
			if time.Now().After(end) {
				t.Fatalf("%s does not take over: %s", name, s.stderr)
			}
		}
	}
	s.stop()
}

// TestStop: a request that runs when the server is stopped is answered; one that takes too long is not waited for.
func TestStop(t *testing.T) {
	path := saved(t, filepath.Join(t.TempDir(), "m"), "first")
	for _, c := range []struct {
		stop string
		code int
	}{{"20s", 0}, {"10ms", 2}} {
		s := start(t, "-model", path, "-stop", c.stop)
		address := strings.TrimPrefix(strings.TrimSuffix(s.url, "/v2/models/m/infer"), "http://")
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		half := len(sample) / 2
		if _, err := io.WriteString(conn, fmt.Sprintf("POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(sample), sample[:half])); err != nil {
			t.Fatal(err)
		}
		for !strings.Contains(metrics(t, address), "stheno_requests_running 1") {
			time.Sleep(time.Millisecond)
		}
		ended := make(chan int)
		go func() { ended <- s.stop() }()
		if c.code == 0 {
			time.Sleep(10 * time.Millisecond)
			_, _ = io.WriteString(conn, sample[half:])
			answer, _ := io.ReadAll(conn)
			if !bytes.Contains(answer, []byte(`"data":["first"]`)) {
				t.Errorf("the request that ran got %q", answer)
			}
		}
		if code := <-ended; code != c.code {
			t.Errorf("-stop %s: exit %d, %s", c.stop, code, s.stderr)
		}
		if c.code != 0 && s.stderr.String() != "serve: -stop 10ms: some requests were not answered within it\n" {
			t.Errorf("it says %q", s.stderr)
		}
	}
}

func metrics(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSlowBody: a request that does not come is given up.
func TestSlowBody(t *testing.T) {
	s := start(t, "-model", saved(t, filepath.Join(t.TempDir(), "m"), "first"), "-time", "50ms")
	body, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = io.WriteString(w, "{") }()
	r, err := http.Post(s.url, "", body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusRequestTimeout || string(answer) != `{"error":"the body did not come in time: send it again"}` {
		t.Errorf("%s, %s", r.Status, answer)
	}
}

// TestReadme: what README sends with curl to the book's network is answered.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^    curl (\S+) -d (.*)$`).FindSubmatch(readme)
	if line == nil {
		t.Fatal("README has no line with curl")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here")
	}
	body, err := exec.Command("bash", "-c", "printf %s "+string(line[2])).Output()
	if err != nil {
		t.Fatal(err)
	}
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := models.Save(path, m); err != nil {
		t.Fatal(err)
	}
	s := start(t, "-model", path)
	if want := "http://" + string(line[1]); strings.Replace(s.url, strings.Split(s.url, "/")[2], "localhost:8080", 1) != want {
		t.Errorf("it answers at %s, README asks %s", s.url, want)
	}
	r, err := http.Post(s.url, "application/x-www-form-urlencoded", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, _ := io.ReadAll(r.Body); r.StatusCode != 200 || !bytes.Contains(answer, []byte(`"shape":[1,10]`)) {
		t.Errorf("%s, %s", r.Status, answer)
	}
}

// TestTLS: with a certificate it is HTTPS, and nothing else.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	s := start(t, "-model", saved(t, filepath.Join(dir, "m"), "first"), "-cert", cert, "-key", key)
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer c.CloseIdleConnections()
	if got := class(t, c, s.url); got != "first" || !strings.HasPrefix(s.url, "https://") {
		t.Errorf("%s: %s", s.url, got)
	}
	if r, err := http.Post(strings.Replace(s.url, "https", "http", 1), "", strings.NewReader(sample)); err == nil && r.StatusCode != 400 {
		t.Errorf("without TLS: %s", r.Status)
	}
}

// certificate writes one for 127.0.0.1, signed by itself.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	public, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestMistakes: each is one line, and exit code 2.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	m := saved(t, filepath.Join(dir, "m"), "first")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for want, args := range map[string][]string{
		"-model: name the file of a model, such as run/model.safetensors": {},
		"-model: " + dir + "/none: no such file or directory":             {"-model", dir + "/none"},
		`invalid value "x=" for flag -model: it names no file`:            {"-model", "x="},
		"-model: model m: another model has this name":                    {"-model", m, "-model", m},
		`-model: model "a b": a name has letters`:                         {"-model", "a b=" + m},
		"-backend tpu: ": {"-backend", "tpu", "-model", m},
		"-addr " + busy.Addr().String() + ": listen tcp":                               {"-addr", busy.Addr().String(), "-model", m},
		"-batch 0: a number of samples from 1 to 65536":                                {"-batch", "0", "-model", m},
		"-wait 10s: a time from 0 to below -time, 10s":                                 {"-wait", "10s", "-model", m},
		"-body 0: a number of bytes of at least 1":                                     {"-body", "0", "-model", m},
		"-requests 0: a number of at least 1":                                          {"-requests", "0", "-model", m},
		"-time 0s: a time above 0, such as 10s":                                        {"-time", "0", "-model", m},
		"-stop 0s: a time above 0, such as 10s":                                        {"-stop", "0", "-model", m},
		"-cert and -key go together: give both, or none":                               {"-cert", "x", "-model", m},
		"-cert " + dir + "/c, -key " + dir + "/k: open " + dir + "/c: no such file or": {"-cert", dir + "/c", "-key", dir + "/k", "-model", m},
		`"word" is not a flag`:                                                         {"word"},
	} {
		var stdout, stderr lines
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if len(args) == 0 || args[0] != "-addr" {
			args = append([]string{"-addr", "127.0.0.1:0"}, args...)
		}
		code := run(ctx, nil, args, &stdout, &stderr)
		if got := stderr.String(); code != 2 || !strings.HasPrefix(got, "serve: "+want) || strings.Count(got, "\n") != 1 || ctx.Err() != nil {
			t.Errorf("%v: exit %d, %q, want %q", args, code, got, want)
		}
		cancel()
	}
}

// TestCarriesNoData: a server has no training data in it.
func TestCarriesNoData(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, above := range []string{"/train", "/figures"} {
		if strings.Contains(string(out), "stheno/stheno"+above+"\n") {
			t.Errorf("it imports %s", above)
		}
	}
	program := filepath.Join(t.TempDir(), "serve")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(filepath.Join("..", "..", "data", "mnist", "t10k-labels-idx1-ubyte.zst"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, packed) {
		t.Error("MNIST is in the program")
	}
}
